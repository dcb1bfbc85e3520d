import type { Json, NftRule, NftTable } from '#model/netfilter.ts'
import type { BaseChain, Rule } from '../chains.ts'
import { type Family, readIp } from '../ip.ts'
import { type Names, statementParts } from '../nft/statements.ts'
import { isObject } from '../nft/values.ts'
import type { Hook } from '../stage.ts'
import { prepareChain, prepareChains, type Wanted } from './chain.ts'
import { once } from './iptables.ts'

const hooks: ReadonlySet<string> = new Set(['prerouting', 'input', 'forward', 'output', 'postrouting'])
const isHook = (hook: string): hook is Hook => hooks.has(hook)

/** The base chains of a native table. */
export const nftChains = (table: NftTable, registered: number): readonly BaseChain[] => {
  const names = namesOf(table)
  const title = `${table.family} ${table.name}`
  const asRule = (chain: string, { number, statements, counter, evidence }: NftRule): Rule => ({
    table: title,
    chain,
    number,
    packets: counter?.packets,
    evidence,
    parts: once(() => statements.flatMap(statement => statementParts(statement, names, evidence))),
  })
  const chains = prepareChains(table.chains, ({ name, rules }) =>
    prepareChain(
      rules,
      ({ statements }) => wantedByStatements(statements),
      rule => asRule(name, rule),
    ),
  )
  return table.chains.flatMap(({ name, base, evidence }) => {
    const chain = base === undefined ? undefined : chains.get(name)
    if (base === undefined || chain === undefined || !isHook(base.hook)) return []
    const { type, hook, priority, policy } = base
    return [{ type, hook, priority, policy, table: title, chain, chains, evidence, registered }]
  })
}

/** What a rule asks first: `ip daddr 10.0.0.1`, `tcp dport 80`. */
const wantedByStatements = ([first]: readonly Json[]): Wanted => {
  const match = isObject(first) ? first.match : undefined
  if (!isObject(match) || match.op !== '==' || !isObject(match.left)) return {}
  const { payload } = match.left
  if (!isObject(payload)) return {}
  if (payload.field === 'dport' && typeof match.right === 'number') return { port: match.right }
  const destination = payload.field === 'daddr' && typeof match.right === 'string' ? readIp(match.right) : undefined
  return destination === undefined ? {} : { destination }
}

/** Sets that packets fill or that time out are a moment's truth: they stay open. */
const namesOf = (table: NftTable): Names => {
  const sets = new Map(table.sets.map(set => [set.name, set]))
  const maps = new Map(table.maps.map(map => [map.name, map]))
  const steady = (flags: readonly string[]) => !flags.includes('dynamic') && !flags.includes('timeout')
  return {
    set: name => {
      const set = sets.get(name)
      return set !== undefined && steady(set.flags) ? set.elements : undefined
    },
    map: name => {
      const map = maps.get(name)
      if (map === undefined || !steady(map.flags)) return undefined
      return map.elements.flatMap(pair =>
        Array.isArray(pair) && pair.length === 2 ? [[pair[0], pair[1]] as const] : [],
      )
    },
  }
}

const tracking = /"(ct|redirect|masquerade)"/

/** nft_nat_init: a translation to addresses of one family turns conntrack on for that one only. */
const translates = (statement: Json, family: Family): boolean => {
  const nat = isObject(statement) ? (statement.snat ?? statement.dnat) : undefined
  if (nat === undefined) return false
  return !isObject(nat) || nat.family === undefined || nat.family === (family === 4 ? 'ip' : 'ip6')
}

export const nftUsesConntrack = (table: NftTable, family: Family): boolean =>
  table.chains.some(({ rules }) =>
    rules.some(
      ({ statements }) =>
        tracking.test(JSON.stringify(statements)) || statements.some(statement => translates(statement, family)),
    ),
  )

export const isConsulted = (table: NftTable, family: Family): boolean =>
  !table.managed && !table.flags.includes('dormant') && covers(table, family)

const covers = (table: NftTable, family: Family): boolean =>
  table.family === 'inet' || table.family === (family === 4 ? 'ip' : 'ip6')
