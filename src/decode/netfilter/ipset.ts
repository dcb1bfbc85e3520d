import type { Issues } from '#decode/json/at.ts'
import type { Evidence } from '#model/evidence.ts'
import type { IpFamily, Ipset, IpsetMember } from '#model/netfilter.ts'
import { tokensOf } from './iptables/tokens.ts'

interface Draft {
  readonly name: string
  type: string
  family: IpFamily
  readonly members: IpsetMember[]
  readonly evidence: Evidence
}

/** `ipset save`, `ipset list` or `ipset -o xml list`, whichever the text is. */
export const readIpsets = (text: string, issues: Issues): readonly Ipset[] => {
  if (/^\s*(<\?xml[^>]*>\s*)?<ipsets/.test(text)) return readXml(text, issues.file)
  return /^Name: /m.test(text) ? readList(text, issues) : readSave(text, issues)
}

const readSave = (text: string, issues: Issues): readonly Ipset[] => {
  const sets = new Map<string, Draft>()
  for (const [index, line] of text.split('\n').entries()) {
    const evidence = lineEvidence(issues.file, index, line)
    const [command, name, what, ...options] = tokensOf(line).map(token => token.text)
    if (command === 'create' && name !== undefined && what !== undefined)
      sets.set(name, { name, type: what, family: familyIn(options), members: [], evidence })
    else if (command === 'add' && name !== undefined && what !== undefined && sets.has(name))
      sets.get(name)?.members.push(memberOf(what, options, evidence))
    else if (command !== undefined) issues.add(`line ${index + 1}`, 'create or add', line)
  }
  return [...sets.values()]
}

const readList = (text: string, issues: Issues): readonly Ipset[] => {
  const sets: Draft[] = []
  let inMembers = false
  for (const [index, line] of text.split('\n').entries()) {
    const evidence = lineEvidence(issues.file, index, line)
    const field = /^(Name|Type|Header|Members):\s*(.*)$/.exec(line)
    const last = sets.at(-1)
    if (field?.[1] === 'Name') {
      sets.push({ name: field[2] ?? '', type: '', family: 4, members: [], evidence })
      inMembers = false
    } else if (last === undefined) continue
    else if (field?.[1] === 'Type') last.type = field[2] ?? ''
    else if (field?.[1] === 'Header') last.family = familyIn((field[2] ?? '').split(' '))
    else if (field?.[1] === 'Members') inMembers = true
    else if (inMembers && line.trim() !== '') {
      const [element = '', ...options] = tokensOf(line).map(token => token.text)
      last.members.push(memberOf(element, options, evidence))
    }
  }
  return sets
}

const lineEvidence = (file: string, index: number, line: string): Evidence => ({
  from: 'rule',
  file,
  line: index + 1,
  text: line.trim(),
})

const familyIn = (options: readonly string[]): IpFamily => (options.includes('inet6') ? 6 : 4)

const memberOf = (element: string, options: readonly string[], evidence: Evidence): IpsetMember => {
  const comment = options[options.indexOf('comment') + 1]
  return {
    element,
    except: options.includes('nomatch'),
    ...(options.includes('comment') && comment !== undefined ? { comment } : {}),
    evidence,
  }
}

const tag = (xml: string, name: string): string | undefined =>
  new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]?.trim()

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const decoded = (text: string): string => text.replaceAll(/&(amp|lt|gt|quot|apos);/g, (_, name) => entities[name] ?? '')

/** ipset's XML has one shape, printed by one tool: elements without attributes, but for the set's name. */
const readXml = (text: string, file: string): readonly Ipset[] =>
  [...text.matchAll(/<ipset name="([^"]*)">([\s\S]*?)<\/ipset>/g)].map(([, name = '', body = ''], set) => {
    const pointer = `/ipsets/${set}`
    const members = [...body.matchAll(/<member>([\s\S]*?)<\/member>/g)].map(([, member = ''], index): IpsetMember => {
      const comment = tag(member, 'comment')
      return {
        element: decoded(tag(member, 'elem') ?? ''),
        except: /<nomatch\/?>/.test(member),
        ...(comment === undefined ? {} : { comment: decoded(comment).replaceAll(/^"|"$/g, '') }),
        evidence: { from: 'dump', file, pointer: `${pointer}/members/${index}` },
      }
    })
    const family: IpFamily = tag(body, 'family') === 'inet6' ? 6 : 4
    return {
      name: decoded(name),
      type: tag(body, 'type') ?? '',
      family,
      members,
      evidence: { from: 'dump', file, pointer },
    }
  })
