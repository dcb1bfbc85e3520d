import type { Argument, RuleSpec } from '#model/netfilter.ts'
import type { Chain, Chains, Rule } from '../chains.ts'
import { type Ip, readIp } from '../ip.ts'
import { readNumber } from '../iptables/arguments.ts'
import type { Skb } from '../skb.ts'

/** Shorter chains are walked through faster than looked up. */
const worthAnIndex = 32

/** The one packet field that a rule wants to be a certain value before it looks at anything else. */
export interface Wanted {
  readonly destination?: Ip
  readonly port?: number
}

/** Chains of a table by name, each made ready when a packet first comes to it. */
export const prepareChains = <Of extends { readonly name: string }>(
  written: readonly Of[],
  prepare: (chain: Of) => Chain,
): Chains => {
  const named = new Map(written.map(chain => [chain.name, chain]))
  const ready = new Map<string, Chain>()
  return {
    get: name => {
      const known = ready.get(name)
      const chain = known === undefined ? named.get(name) : undefined
      if (chain === undefined) return known
      const made = prepare(chain)
      ready.set(name, made)
      return made
    },
  }
}

/**
 * One chain of a namespace. A node of kube-proxy's has thousands of rules that begin with one address or port each: they
 * are looked up, and a rule is only made ready when a packet comes by.
 */
export const prepareChain = <Of>(
  rules: readonly Of[],
  wants: (rule: Of) => Wanted,
  prepare: (rule: Of) => Rule,
): Chain => {
  const ready: (Rule | undefined)[] = []
  const at = (index: number): Rule => {
    ready[index] ??= prepare(rules[index] as Of)
    return ready[index]
  }
  if (rules.length < worthAnIndex) {
    let all: readonly Rule[] | undefined
    return { size: rules.length, rulesFor: () => (all ??= rules.map((_, index) => at(index))) }
  }
  let index: Index | undefined
  return {
    size: rules.length,
    rulesFor: skb => {
      index ??= indexOf(rules.map(wants))
      return concerned(index, skb).map(at)
    },
  }
}

interface Index {
  readonly byDestination: ReadonlyMap<Ip, readonly number[]>
  readonly byPort: ReadonlyMap<number, readonly number[]>
  readonly others: readonly number[]
}

const indexOf = (wanted: readonly Wanted[]): Index => {
  const byDestination = new Map<Ip, number[]>()
  const byPort = new Map<number, number[]>()
  const others: number[] = []
  for (const [index, { destination, port }] of wanted.entries())
    if (destination !== undefined) enter(byDestination, destination, index)
    else if (port !== undefined) enter(byPort, port, index)
    else others.push(index)
  return { byDestination, byPort, others }
}

const enter = <Key>(map: Map<Key, number[]>, key: Key, index: number): void => {
  const known = map.get(key)
  if (known === undefined) map.set(key, [index])
  else known.push(index)
}

const none: readonly number[] = []

const concerned = ({ byDestination, byPort, others }: Index, { dst, dport }: Skb): readonly number[] => {
  const named = [...(byDestination.get(dst) ?? none), ...(byPort.get(dport) ?? none)]
  return named.length === 0 ? others : [...named, ...others].sort((left, right) => left - right)
}

/** Extensions that hold for every packet. */
const silent: ReadonlySet<string> = new Set(['comment'])

/** What an iptables rule wants: a host, or the port of the first extension that narrows it. */
export const wantedByRule = ({ header, matches }: RuleSpec): Wanted => {
  const written = header.find(({ flag, inverted }) => flag === '-d' && !inverted)?.values[0]
  const destination = written === undefined ? undefined : readHost(written)
  if (destination !== undefined) return { destination }
  const first = matches.find(({ name }) => !silent.has(name))
  const port = first?.name === 'tcp' || first?.name === 'udp' ? onlyPort(first.options) : undefined
  return port === undefined ? {} : { port }
}

/** One address with its full length, as iptables-save writes it. */
const readHost = (text: string): Ip | undefined => {
  const length = text.includes(':') ? '/128' : '/32'
  return text.endsWith(length) ? readIp(text.slice(0, -length.length)) : undefined
}

const onlyPort = (options: readonly Argument[]): number | undefined => {
  const option = options.find(({ flag }) => flag === '--dport')
  return option === undefined || option.inverted || option.values.length !== 1
    ? undefined
    : readNumber(option.values[0] ?? '')
}
