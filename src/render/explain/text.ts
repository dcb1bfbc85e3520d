import type { Classified } from '#explain/classify.ts'
import type { Entry, EntryKind } from '#explain/entry.ts'
import { entryKinds } from '#explain/entry.ts'
import type { Explanation } from '#explain/explanation.ts'
import type { Look, Renderer } from '#render/look.ts'
import { paint } from '#render/paint.ts'
import { printable } from '#render/printable.ts'

export const explainText: Renderer<Explanation> = (explanation, look) => {
  switch (explanation.kind) {
    case 'entry':
      return entryLines(explanation.entry, look)
    case 'list':
      return listLines(explanation.entries, look)
    case 'log':
      return logLines(explanation.classified, look)
  }
}

/** What a kind of code is called, and where it is met. */
export const kindWords: Readonly<Record<EntryKind, string>> = {
  finding: 'Findings, of check',
  rejection: 'Why a request is rejected, in a trace',
  verdict: 'How a trace ends',
  missing: 'What an undetermined answer lacks',
  flag: 'Response flags, in the logs of a waypoint and the metrics of ztunnel',
}

export const notCheckedWords = (unseen: string): string => `check does not look for this: ${unseen}`

function* entryLines(entry: Entry, look: Look): Generator<string> {
  const { bold, dim } = paint(look)
  const { code, title, means, causes, fix, next, see, severity, unseen, fixedIn } = entry
  yield `${bold(code)}  ${title}${severity === undefined ? '' : dim(` (${severity})`)}`
  if (unseen !== undefined) yield dim(notCheckedWords(unseen))
  yield ''
  yield means
  if (causes.length > 0) yield* ['', 'usual causes:', ...causes.map(cause => `  - ${cause}`)]
  if (fix !== undefined) yield* ['', `fix: ${fix}`]
  if (fixedIn !== undefined) yield `cured in ${fixedIn}`
  if (next.length > 0) yield* ['', 'next:', ...next.map(command => `  ${command}`)]
  if (see.length > 0) yield* ['', dim(`see also: ${see.join(', ')}`)]
}

function* listLines(entries: readonly Entry[], look: Look): Generator<string> {
  const { bold, dim } = paint(look)
  for (const [index, kind] of entryKinds.entries()) {
    if (index > 0) yield ''
    yield bold(kindWords[kind])
    const those = entries.filter(entry => entry.kind === kind)
    const width = Math.max(...those.map(({ code }) => code.length))
    for (const { code, title, checked } of those)
      yield `  ${code.padEnd(width)}  ${title}${checked === false ? dim(' (not checked)') : ''}`
  }
}

function* logLines({ line, kind, says, entries, next, unknownFlags = [] }: Classified, look: Look): Generator<string> {
  const { bold, dim } = paint(look)
  const who = printable(speaker(line))
  if (kind === 'no-failure')
    yield says === undefined ? `${who}: the line tells of no failure` : `${who}: no failure of the mesh: ${bold(says)}`
  else if (says === undefined) yield `${who}: this text is not known`
  else yield `${who}: ${bold(printable(says))}`
  if (unknownFlags.length > 0) yield `not known: ${printable(unknownFlags.join(', '))}`
  if (line.proxy === 'ztunnel' && line.error !== undefined && kind !== 'no-failure')
    yield dim(`  ${printable(line.error)}`)
  if (entries.length > 0) {
    yield* ['', 'the likeliest first:']
    const width = Math.max(...entries.map(({ code }) => code.length))
    for (const { code, title } of entries) yield `  ${code.padEnd(width)}  ${title}`
  }
  if (next.length > 0) yield* ['', 'next:', ...next.map(command => printable(`  ${command}`))]
}

/** Lines of the agents look like those of ztunnel: their scope tells. */
const speaker = (line: Classified['line']): string => {
  if (line.proxy === 'envoy') return 'Envoy'
  if (line.direction !== undefined) return `ztunnel ${line.direction}`
  return line.scope === undefined || line.scope === 'access' ? 'ztunnel' : `scope ${line.scope}`
}
