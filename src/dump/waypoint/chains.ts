import { flagAt, objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyDump, EnvoyJson, EnvoyResource } from '#model/envoy.ts'
import { listenerAddresses, listenerPort } from './address.ts'
import { chainName, chainsOf } from './chain.ts'
import { chainMatch } from './chain-match.ts'
import { chainDestination } from './destination.ts'
import { chainFilters, ecdsOf, type FilterWish, wantedFilterListeners } from './filters.ts'
import { type Condition, leavesOf } from './matcher.ts'
import { type ResourceFacts, resourceFacts } from './resource.ts'

/**
 * One way into a filter chain. Rows of a matcher tree are read from above: the first whose cells all match takes the
 * connection. `undefined` cells match anything.
 */
export interface ChainRow extends ResourceFacts {
  readonly listener: string
  readonly addresses: readonly string[]
  readonly ports: readonly string[]
  readonly protocols: readonly string[]
  /** Conditions on anything else, in words. */
  readonly also: string
  /** Empty where no chain is chosen. */
  readonly chain: string
  readonly filters: readonly string[]
  readonly destination: string
}

export const chainRows = (dump: EnvoyDump, wish: FilterWish = {}): readonly ChainRow[] =>
  wantedFilterListeners(dump, wish)
    .flatMap(resource => rowsOf(dump, resource))
    .filter(({ chain }) => wish.chain === undefined || chain.includes(wish.chain))

type Cells = Omit<ChainRow, Exclude<keyof ResourceFacts, 'reason'> | 'listener'>
interface Target {
  readonly chain: string
  readonly filters: readonly string[]
  readonly destination: string
}

const rowsOf = (dump: EnvoyDump, resource: EnvoyResource): readonly ChainRow[] => {
  const facts = { ...resourceFacts(dump, resource), listener: resource.name }
  const ecds = ecdsOf(dump)
  const targets = chainsOf(resource.config).map(
    (chain, index): Target => ({
      chain: chainName(chain, index),
      filters: chainFilters(chain, index, ecds)
        .filter(({ short }) => short !== '')
        .map(({ level, short }) => (level === 'http' ? short : `[${short}]`)),
      destination: chainDestination(chain),
    }),
  )
  const cells =
    objectAt(resource.config, 'filter_chain_matcher') === undefined
      ? legacyRows(resource.config, targets)
      : matcherRows(resource.config, targets)
  return cells.map(row => ({
    ...facts,
    ...row,
    reason: [row.reason, facts.reason].filter(text => text !== '').join('; '),
  }))
}

/** Chains that carry their own match. The most specific wins, whatever the order (specs/waypoint.md §5.1). */
const legacyRows = (listener: EnvoyJson, targets: readonly Target[]): readonly Cells[] =>
  chainsOf(listener).map((chain, index) => {
    const match = chainMatch(chain)
    return {
      ...(targets[index] ?? nowhere),
      ...match,
      ...(match.addresses.length === 0 && { addresses: ownAddresses(listener) }),
      ...(match.ports.length === 0 && { ports: ownPorts(listener) }),
      reason: '',
    }
  })

/** What a listener takes at all; one that serves redirected connections takes those to any port. */
const ownAddresses = (listener: EnvoyJson): readonly string[] =>
  listenerAddresses(listener).some(address => ['', '0.0.0.0', '::'].includes(address))
    ? []
    : listenerAddresses(listener)

const ownPorts = (listener: EnvoyJson): readonly string[] =>
  listenerPort(listener) === 0 || flagAt(listener, 'use_original_dst') === true || takesRedirected(listener)
    ? []
    : [`${listenerPort(listener)}`]

const takesRedirected = (listener: EnvoyJson): boolean =>
  objectsAt(listener, 'listener_filters').some(
    filter => textAt(filter, 'name') === 'envoy.filters.listener.original_dst',
  )

const nowhere: Target = { chain: '', filters: [], destination: 'connection closed' }

const matcherRows = (listener: EnvoyJson, targets: readonly Target[]): readonly Cells[] => {
  const byName = new Map(targets.map(target => [target.chain, target]))
  const leaves = [...leavesOf(objectAt(listener, 'filter_chain_matcher'))]
  const rows = leaves.map(({ conditions, chain }): Cells => {
    const target = chain === undefined ? undefined : byName.get(chain)
    return { ...cellsOf(conditions), ...(target ?? nowhere), reason: target === undefined ? missing(chain) : '' }
  })
  const reached = new Set(leaves.map(({ chain }) => chain))
  const standard = objectAt(listener, 'default_filter_chain') === undefined ? undefined : targets.at(-1)
  const unreached = targets
    .filter(target => !reached.has(target.chain) && target !== standard)
    .map(target => ({ ...cellsOf([]), ...target, also: 'never', reason: 'no branch of the matcher names this chain' }))
  return [...rows, ...otherwise(leaves.at(-1)?.conditions, standard), ...unreached]
}

const missing = (chain: string | undefined): string =>
  chain === undefined
    ? 'a matcher that ambientctl does not know'
    : `the matcher names the chain ${chain}, which does not exist`

/** What happens to connections that nothing above takes, unless the last way takes everything. */
const otherwise = (last: readonly Condition[] | undefined, standard: Target | undefined): readonly Cells[] => {
  if (last?.length === 0) return []
  return [
    {
      ...cellsOf([]),
      ...(standard ?? nowhere),
      reason: standard === undefined ? 'no chain matches: NR filter_chain_not_found' : 'the default chain',
    },
  ]
}

const cellsOf = (conditions: readonly Condition[]) => {
  const first = (input: Condition['input']) => conditions.find(found => found.input === input && found.how === 'is')
  const columns = { address: first('address'), port: first('port'), protocol: first('protocol') }
  const shown = new Set(Object.values(columns))
  return {
    addresses: columns.address?.values ?? [],
    ports: columns.port?.values ?? [],
    protocols: columns.protocol?.values ?? [],
    also: conditions
      .filter(condition => !shown.has(condition))
      .map(({ what, how, values }) =>
        values.length === 0 ? what : `${what}${how === 'is' ? '=' : '^'}${values.join(',')}`,
      )
      .join('; '),
  }
}
