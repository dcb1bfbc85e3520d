import { At, asObject, type Issues } from '#decode/json/at.ts'
import type { Evidence } from '#model/evidence.ts'
import type { PolicyAction, PolicyRule } from '#model/routing.ts'
import { printRule } from './print.ts'

/** `ip -j rule`. */
export const readRulesJson = (value: unknown, issues: Issues): readonly PolicyRule[] =>
  (Array.isArray(value) ? value : []).flatMap((entry, index) => {
    const members = asObject(entry)
    if (members === undefined) {
      issues.add(`/${index}`, 'a rule', entry)
      return []
    }
    const at = new At(members, issues, `/${index}`)
    return [ruleOf(at, { from: 'dump', file: issues.file, pointer: at.pointer })]
  })

/** `ip rule`: `32764: from all fwmark 0x111/0xfff lookup 100`. */
export const readRulesText = (text: string, issues: Issues): readonly PolicyRule[] =>
  text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    const parts = /^(\d+):\s+(.*)$/.exec(line.trimEnd())
    if (parts?.[2] === undefined) {
      issues.add(`line ${index + 1}`, 'PRIORITY: SELECTOR ACTION', line)
      return []
    }
    const members = { priority: Number(parts[1]), ...membersOf(parts[2].split(/\s+/)) }
    return [ruleOf(new At(members, issues), { from: 'rule', file: issues.file, line: index + 1, text: line.trim() })]
  })

const pairs: Readonly<Record<string, string>> = {
  from: 'src',
  to: 'dst',
  fwmark: 'fwmark',
  iif: 'iif',
  oif: 'oif',
  lookup: 'table',
  table: 'table',
  goto: 'goto',
  ipproto: 'ipproto',
  sport: 'sport',
  dport: 'dport',
  uidrange: 'uidrange',
  suppress_prefixlength: 'suppress_prefixlen',
  suppress_prefixlen: 'suppress_prefixlen',
  proto: 'protocol',
  protocol: 'protocol',
}

const actions = new Set(['blackhole', 'unreachable', 'prohibit', 'nop'])

/** The members that `ip -j rule` would have printed. */
const membersOf = (words: readonly string[]): Record<string, unknown> => {
  const members: Record<string, unknown> = {}
  for (let place = 0; place < words.length; place++) {
    const word = words[place] ?? ''
    const name = pairs[word]
    if (name !== undefined) members[name] = words[++place]
    else if (word === 'not') members.not = null
    else if (actions.has(word)) members.action = word
    else if (word !== '[detached]' && word !== '[unresolved]') members[word] = words[++place] ?? null
  }
  return members
}

/** Members that only describe the rule. */
const asides = ['protocol', 'detached', 'unresolved', 'suppress_ifgroup']

const ruleOf = (at: At, evidence: Evidence): PolicyRule => {
  const rule = {
    priority: Number(at.raw('priority') ?? 0),
    not: 'not' in at.members,
    ...optional('from', side(at, 'src', 'srclen')),
    ...optional('to', side(at, 'dst', 'dstlen')),
    ...optional('mark', markOf(at)),
    ...optional('inputInterface', at.text('iif')),
    ...optional('outputInterface', at.text('oif')),
    ...optional('uids', uidsOf(at)),
    ...optional('protocol', textOf(at.raw('ipproto'))),
    ...optional('sourcePorts', portsOf(at, 'sport')),
    ...optional('destinationPorts', portsOf(at, 'dport')),
    action: actionOf(at),
  }
  at.raw('not')
  for (const aside of asides) at.raw(aside)
  const unread = Object.entries(at.unread() ?? {}).map(([name, value]) => `${name} ${textOf(value) ?? ''}`.trim())
  const text = evidence.from === 'rule' ? evidence.text : printRule({ ...rule, unread })
  return { ...rule, unread, text, evidence }
}

export const optional = <K extends string, V>(name: K, value: V | undefined): { readonly [name in K]?: V } =>
  value === undefined ? {} : ({ [name]: value } as { readonly [name in K]?: V })

export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? `${value}` : undefined

const side = (at: At, name: string, length: string): string | undefined => {
  const address = textOf(at.raw(name))
  const bits = textOf(at.raw(length))
  if (address === undefined || address === 'all' || address === '0.0.0.0/0' || address === '::/0') return undefined
  return bits === undefined || address.includes('/') ? address : `${address}/${bits}`
}

const all = 0xffffffff

const markOf = (at: At): PolicyRule['mark'] => {
  const mark = textOf(at.raw('fwmark'))
  const separate = textOf(at.raw('fwmask'))
  if (mark === undefined) return undefined
  const [value, mask = separate] = mark.split('/')
  return { value: Number(value) >>> 0, mask: mask === undefined ? all : Number(mask) >>> 0 }
}

const uidsOf = (at: At): PolicyRule['uids'] => {
  const [first, last] = textOf(at.raw('uidrange'))?.split('-') ?? []
  const from = Number(at.raw('uid_start') ?? first)
  const to = Number(at.raw('uid_end') ?? last)
  return Number.isNaN(from) || Number.isNaN(to) ? undefined : { from, to }
}

const portsOf = (at: At, name: string): PolicyRule['sourcePorts'] => {
  const [from, to = from] = (textOf(at.raw(name)) ?? '').split('-')
  const first = at.raw(`${name}_start`) ?? from
  const last = at.raw(`${name}_end`) ?? to
  return first === '' || first === undefined ? undefined : { from: Number(first), to: Number(last) }
}

const actionOf = (at: At): PolicyAction => {
  const goto = textOf(at.raw('goto'))
  const action = at.text('action')
  const table = textOf(at.raw('table'))
  const suppress = textOf(at.raw('suppress_prefixlen'))
  if (goto !== undefined) return { kind: 'goto', priority: Number(goto) }
  if (action === 'blackhole' || action === 'unreachable' || action === 'prohibit' || action === 'nop')
    return { kind: action }
  if (action !== undefined && action !== 'lookup' && action !== 'to_tbl') return { kind: 'unknown', text: action }
  if (table === undefined) return { kind: 'unknown', text: 'no table' }
  return {
    kind: 'lookup',
    table,
    ...optional('suppressPrefixLength', suppress === undefined ? undefined : Number(suppress)),
  }
}
