import type { NetnsRedirection } from '#dump/redirection/view.ts'
import type { ProgrammedRule, RuleOwner } from '#redirection/recognise/programmed.ts'
import type { Look } from '#render/look.ts'
import { paint } from '#render/paint.ts'
import { printable } from '#render/printable.ts'
import { subjectText } from './text.ts'
import { roleWords } from './words.ts'

const ownerWords: Readonly<Record<RuleOwner, string>> = {
  ambient: 'Istio ambient, not one that it programs',
  'ambient-node': 'Istio ambient of 1.18 to 1.20',
  sidecar: 'sidecar',
  kubernetes: 'Kubernetes',
  foreign: 'somebody else',
}

const note = ({ role, owner }: ProgrammedRule): string => (role === undefined ? ownerWords[owner] : roleWords[role])

/** Every rule in the order of its chain, with what it is for. */
export function* rulesText({ subject, folder, recognition }: NetnsRedirection, look: Look): Iterable<string> {
  const { bold, dim } = paint(look)
  yield bold(printable(subjectText(subject, folder)))
  let chain = ''
  for (const rule of recognition.rules) {
    const title = `${rule.backEnd} ${rule.families.map(family => `IPv${family}`).join('+')} ${rule.table} ${rule.chain}`
    if (title !== chain) yield printable(title)
    chain = title
    const count = rule.counter === undefined ? '' : `${rule.counter.packets}`
    const head = `  ${`${rule.number}`.padStart(3)} ${count.padStart(9)}  `
    const text = printable(rule.text)
    const remark = dim(`# ${note(rule)}`)
    if (head.length + text.length + note(rule).length + 4 <= look.width) yield `${head}${text}  ${remark}`
    else {
      yield `${head}${text}`
      yield `${' '.repeat(head.length)}${remark}`
    }
  }
}
