import type { Random } from '../../support/random.ts'
import { addresses, marks, ports } from './world.ts'

type Hook = 'PREROUTING' | 'INPUT' | 'FORWARD' | 'OUTPUT' | 'POSTROUTING'

const hooksOf: Readonly<Record<string, readonly Hook[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
}

export interface Grammar {
  readonly random: Random
  readonly family: 4 | 6
  readonly table: string
  readonly hook: Hook
  /** Interfaces of the namespace. */
  readonly devices: readonly string[]
  /** Sets that exist, by type. */
  readonly sets: readonly { readonly name: string; readonly fields: number }[]
}

const hex = (value: number): string => `0x${value.toString(16)}`
const masked = (random: Random): string => {
  const mark = random.pick(marks)
  return random.chance(0.6) ? `${hex(mark & 0xfff)}/0xfff` : hex(mark)
}
const not = (random: Random): string => (random.chance(0.3) ? '! ' : '')

export const someAddress = ({ random, family }: Pick<Grammar, 'random' | 'family'>): string => {
  const own = addresses[family]
  return random.pick([own.pod, own.gateway, own.node, own.world, own.loopback, ...own.remote])
}

const somePrefix = (grammar: Grammar): string => {
  const { random, family } = grammar
  const address = someAddress(grammar)
  if (random.chance(0.6)) return address
  return `${address}/${family === 4 ? random.pick([8, 16, 24, 31]) : random.pick([16, 48, 64, 126])}`
}

const somePort = (random: Random): string => {
  if (random.chance(0.8)) return `${random.pick(ports)}`
  const low = random.pick(ports)
  return `${low}:${low + random.pick([1, 10, 7000])}`
}

const protocolPart = (random: Random): { protocol: 'tcp' | 'udp' | undefined; text: string } => {
  if (random.chance(0.25)) return { protocol: undefined, text: '' }
  const protocol = random.pick(['tcp', 'tcp', 'udp'] as const)
  if (random.chance(0.15)) return { protocol: undefined, text: `! -p ${protocol}` }
  const parts = [`-p ${protocol}`]
  if (random.chance(0.5)) parts.push(`-m ${protocol} ${not(random)}--dport ${somePort(random)}`)
  else if (random.chance(0.2))
    parts.push(`-m multiport ${not(random)}--dports ${random.pick(ports)},${somePort(random)}`)
  if (protocol === 'tcp' && random.chance(0.1)) parts.push(`-m tcp ${not(random)}--syn`)
  return { protocol, text: parts.join(' ') }
}

const seesInput = (hook: Hook): boolean => hook === 'PREROUTING' || hook === 'INPUT' || hook === 'FORWARD'
const seesOutput = (hook: Hook): boolean => hook === 'OUTPUT' || hook === 'POSTROUTING' || hook === 'FORWARD'

/** Optional matches, each with the odds that a rule carries it. */
const matchers: readonly { readonly odds: number; readonly text: (grammar: Grammar) => string | undefined }[] = [
  { odds: 0.25, text: grammar => `${not(grammar.random)}-s ${somePrefix(grammar)}` },
  { odds: 0.35, text: grammar => `${not(grammar.random)}-d ${somePrefix(grammar)}` },
  {
    odds: 0.25,
    text: ({ random, hook, devices }) => (seesInput(hook) ? `${not(random)}-i ${random.pick(devices)}` : undefined),
  },
  {
    odds: 0.25,
    text: ({ random, hook, devices }) => (seesOutput(hook) ? `${not(random)}-o ${random.pick(devices)}` : undefined),
  },
  { odds: 0.3, text: ({ random }) => `-m mark ${not(random)}--mark ${masked(random)}` },
  {
    odds: 0.1,
    text: ({ random, table }) => (table === 'raw' ? undefined : `-m connmark ${not(random)}--mark ${masked(random)}`),
  },
  {
    odds: 0.1,
    text: ({ random, table }) =>
      table === 'raw'
        ? undefined
        : `-m conntrack ${not(random)}--ctstate ${random.pick(['NEW', 'RELATED,ESTABLISHED', 'ESTABLISHED', 'INVALID'])}`,
  },
  {
    odds: 0.15,
    text: ({ random, sets }) => {
      if (sets.length === 0) return undefined
      const { name, fields } = random.pick(sets)
      const which = fields === 1 ? random.pick(['src', 'dst']) : random.pick(['dst,dst', 'src,dst'])
      return `-m set ${not(random)}--match-set ${name} ${which}`
    },
  },
  {
    odds: 0.08,
    text: ({ random, hook }) =>
      hook === 'OUTPUT' || hook === 'POSTROUTING'
        ? `-m owner ${random.pick(['--socket-exists', '! --socket-exists', '--uid-owner 0', '! --uid-owner 0', '--uid-owner 1000'])}`
        : undefined,
  },
  {
    odds: 0.06,
    text: ({ random, hook }) =>
      hook === 'PREROUTING' || hook === 'OUTPUT' ? `-m addrtype ${not(random)}--dst-type LOCAL` : undefined,
  },
  { odds: 0.05, text: ({ random }) => `-m comment --comment "rule ${random.below(100)} \\"quoted\\""` },
]

const someMatches = (grammar: Grammar): { text: string; protocol: 'tcp' | 'udp' | undefined } => {
  const { protocol, text } = protocolPart(grammar.random)
  const parts = matchers.flatMap(({ odds, text: make }) => (grammar.random.chance(odds) ? [make(grammar)] : []))
  return { protocol, text: [text, ...parts.filter(part => part !== undefined)].filter(part => part !== '').join(' ') }
}

const port = (random: Random): number => random.pick([15001, 15006, 8080, 80, 15053])
const bracketed = (family: 4 | 6, address: string, to: number | undefined): string =>
  to === undefined ? address : family === 4 ? `${address}:${to}` : `[${address}]:${to}`

const natTarget = (grammar: Grammar, protocol: string | undefined): string | undefined => {
  const { random, family, hook } = grammar
  const own = addresses[family]
  const to = protocol === undefined || random.chance(0.3) ? undefined : port(random)
  if (hook === 'PREROUTING' || hook === 'OUTPUT') {
    if (random.chance(0.6)) return protocol === undefined ? undefined : `-j REDIRECT --to-ports ${port(random)}`
    const towards = random.pick([own.pod, own.node, ...own.remote])
    return `-j DNAT --to-destination ${bracketed(family, towards, to)}`
  }
  if (hook !== 'POSTROUTING') return undefined
  if (random.chance(0.4)) return '-j MASQUERADE'
  return `-j SNAT --to-source ${random.pick([own.snat, own.gateway, own.node, own.pod])}`
}

const mangleTarget = (grammar: Grammar, protocol: string | undefined): string => {
  const { random, hook, family } = grammar
  if (hook === 'PREROUTING' && protocol !== undefined && random.chance(0.35)) {
    const on = random.chance(0.2) ? ` --on-ip ${family === 4 ? addresses[4].loopback : addresses[6].loopback}` : ''
    return `-j TPROXY --on-port ${random.pick([15001, 15006, 15008])}${on} --tproxy-mark 0x111/0xfff`
  }
  if (random.chance(0.4))
    return `-j CONNMARK ${random.pick([
      '--set-xmark 0x111/0xfff',
      '--save-mark',
      '--restore-mark',
      '--save-mark --nfmask 0xfff --ctmask 0xfff',
      '--restore-mark --nfmask 0xffffffff --ctmask 0xffffffff',
    ])}`
  return markTarget(random)
}

const markTarget = (random: Random): string =>
  `-j MARK ${random.pick(['--set-xmark', '--set-mark', '--or-mark', '--and-mark', '--xor-mark'])} ${hex(random.pick(marks))}`

const rawTarget = (random: Random): string =>
  random.pick(['-j CT --zone 1', '-j CT --zone 2', '-j CT --notrack', '-j CT --zone 1'])

const someTarget = (grammar: Grammar, protocol: 'tcp' | 'udp' | undefined): string => {
  const { random, table } = grammar
  if (random.chance(0.15)) return random.pick(['-j ACCEPT', '-j RETURN'])
  if (table === 'nat') return natTarget(grammar, protocol) ?? '-j ACCEPT'
  if (table === 'mangle' && random.chance(0.85)) return mangleTarget(grammar, protocol)
  if (table === 'raw' && random.chance(0.8)) return rawTarget(random)
  if (table === 'filter' && random.chance(0.3)) return '-j REJECT'
  return random.pick(['-j DROP', '-j ACCEPT', '-j RETURN', ''])
}

const rule = (chain: string, grammar: Grammar, deeper: readonly string[]): string => {
  const { text, protocol } = someMatches(grammar)
  const { random } = grammar
  const target =
    deeper.length > 0 && random.chance(0.4)
      ? `${random.chance(0.8) ? '-j' : '-g'} ${random.pick(deeper)}`
      : someTarget(grammar, protocol)
  return ['-A', chain, text, target].filter(part => part !== '').join(' ')
}

/** One family's `iptables-restore` input: a few tables, base chains with rules, chains below them, policies. */
export const iptablesText = (base: Omit<Grammar, 'table' | 'hook'>): string => {
  const { random } = base
  const tables = Object.keys(hooksOf).filter(table => random.chance(table === 'nat' || table === 'mangle' ? 0.75 : 0.3))
  return tables.map(table => tableText(base, table)).join('')
}

const tableText = (base: Omit<Grammar, 'table' | 'hook'>, table: string): string => {
  const { random } = base
  const declared: string[] = []
  const rules: string[] = []
  for (const hook of hooksOf[table] ?? []) {
    const policy = table === 'filter' && random.chance(0.08) ? 'DROP' : 'ACCEPT'
    declared.push(`:${hook} ${policy} [0:0]`)
    if (!random.chance(0.6)) continue
    const grammar = { ...base, table, hook }
    const below = random.times(0, 2, index => `${hook.slice(0, 3)}_${index}`)
    for (const chain of below) declared.push(`:${chain} - [0:0]`)
    rules.push(...random.times(1, 4, () => rule(hook, grammar, below)))
    for (const [index, chain] of below.entries())
      rules.push(...random.times(1, 3, () => rule(chain, grammar, below.slice(index + 1))))
  }
  return [`*${table}`, ...declared, ...rules, 'COMMIT', ''].join('\n')
}
