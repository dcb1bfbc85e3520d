import type { IptablesChain, IptablesRule, IptablesTable } from '#model/netfilter.ts'
import type { BaseChain, Chain, Chains, Part, Rule } from '../chains.ts'
import { option } from '../iptables/arguments.ts'
import { headerTests, partsOf } from '../iptables/rule.ts'
import type { Hook } from '../stage.ts'
import { prepareChain, prepareChains, wantedByRule } from './chain.ts'

const hooksOf: Readonly<Record<string, Hook>> = {
  PREROUTING: 'prerouting',
  INPUT: 'input',
  FORWARD: 'forward',
  OUTPUT: 'output',
  POSTROUTING: 'postrouting',
}

/** Where iptables hangs its tables (specs/redirection.md §6.1). */
const priorities: Readonly<Record<string, number>> = { raw: -300, mangle: -150, filter: 0, security: 50 }

const priorityOf = (table: string, hook: Hook): number =>
  table === 'nat' ? (hook === 'prerouting' || hook === 'output' ? -100 : 100) : (priorities[table] ?? 0)

/** The base chains of one iptables table; `registered` is its place among the nft tables, where that is known. */
export const iptablesChains = (table: IptablesTable, registered: number | undefined): readonly BaseChain[] => {
  const isChain = (name: string): boolean => chains.get(name) !== undefined
  const asRule = (chain: string, { number, spec, counter, evidence }: IptablesRule): Rule => ({
    table: table.name,
    chain,
    number,
    packets: counter?.packets,
    evidence,
    guard: once(() => headerTests(spec, evidence)),
    parts: once(() => partsOf(spec, isChain, evidence)),
  })
  const chains = prepareChains(table.chains, ({ name, rules }) =>
    prepareChain(
      rules,
      ({ spec }) => wantedByRule(spec),
      rule => asRule(name, rule),
    ),
  )
  return table.chains.flatMap(chain => {
    const hook = chain.policy === undefined ? undefined : hooksOf[chain.name]
    const walked = hook === undefined ? undefined : chains.get(chain.name)
    return hook === undefined || walked === undefined ? [] : [baseChain(table, chain, hook, walked, chains, registered)]
  })
}

const baseChain = (
  table: IptablesTable,
  { policy, evidence }: IptablesChain,
  hook: Hook,
  chain: Chain,
  chains: Chains,
  registered: number | undefined,
): BaseChain => ({
  table: table.name,
  type: table.name === 'nat' ? 'nat' : table.name === 'mangle' && hook === 'output' ? 'route' : 'filter',
  hook,
  priority: priorityOf(table.name, hook),
  policy: policy === 'DROP' ? 'drop' : 'accept',
  chain,
  chains,
  evidence,
  registered,
})

/** Most rules of a node are never visited: each is prepared at its first visit. */
export const once = <Of extends Part>(make: () => readonly Of[]): (() => readonly Of[]) => {
  let made: readonly Of[] | undefined
  return () => {
    made ??= make()
    return made
  }
}

const needsTracking = new Set([
  'conntrack',
  'state',
  'connmark',
  'connbytes',
  'connlabel',
  'helper',
  'CONNMARK',
  'CT',
  'REDIRECT',
  'DNAT',
  'SNAT',
  'MASQUERADE',
  'NETMAP',
])

/** Conntrack runs in a namespace once something there asks for it. */
export const usesConntrack = ({ chains }: IptablesTable): boolean =>
  chains.some(({ rules }) =>
    rules.some(
      ({ spec: { target, matches } }) =>
        (target !== undefined && needsTracking.has(target.name) && option(target, '--notrack') === undefined) ||
        matches.some(({ name }) => needsTracking.has(name)),
    ),
  )
