import { objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { Connection } from './connection.ts'
import type { Located } from './lookup.ts'
import { legacyChains } from './matcher/legacy.ts'
import { type MatcherHop, walkMatcher } from './matcher/tree.ts'
import type { Walk } from './walk.ts'

interface Found {
  readonly chain?: Located
  readonly hops: readonly MatcherHop[]
}

const chainAt = (listener: Located, index: number): Located | undefined => {
  const config = objectsAt(listener.config, 'filter_chains')[index]
  return config === undefined ? undefined : { config, pointer: `${listener.pointer}/filter_chains/${index}` }
}

const defaultChain = (listener: Located): Located | undefined => {
  const config = objectAt(listener.config, 'default_filter_chain')
  return config === undefined ? undefined : { config, pointer: `${listener.pointer}/default_filter_chain` }
}

const withChain = (chain: Located | undefined, hops: readonly MatcherHop[]): Found =>
  chain === undefined ? { hops } : { chain, hops }

/** A matcher names a chain; a name that no chain has is no chain, not the default one (specs/waypoint.md §5.1). */
const byMatcher = (walk: Walk, listener: Located, connection: Connection): Found => {
  const result = walkMatcher(objectAt(listener.config, 'filter_chain_matcher') ?? {}, connection, walk.behaviour)
  if (result.kind === 'none') return withChain(defaultChain(listener), result.hops)
  if (result.kind === 'unknown') {
    walk.assume({ kind: 'matcher', what: result.what, assumed: 'does not match' })
    return { hops: result.hops }
  }
  const name = textAt(result.action, 'typed_config', 'value') ?? ''
  const index = objectsAt(listener.config, 'filter_chains').findIndex(chain => textAt(chain, 'name') === name)
  return withChain(chainAt(listener, index), result.hops)
}

const byLegacyMatch = (walk: Walk, listener: Located, connection: Connection): Found => {
  const [first, ...others] = legacyChains(objectsAt(listener.config, 'filter_chains'), connection)
  if (first === undefined) return withChain(defaultChain(listener), [])
  const index = walk.draws.pick([
    { value: first, ...(others.length === 0 ? { probability: 1 } : {}) },
    ...others.map(value => ({ value })),
  ])
  return withChain(chainAt(listener, index), [])
}

/** The filter chain of a listener for a connection; undefined closes it with NR. */
export const selectChain = (walk: Walk, listener: Located, connection: Connection): Located | undefined => {
  const matched = objectAt(listener.config, 'filter_chain_matcher') !== undefined
  const { chain, hops } = matched ? byMatcher(walk, listener, connection) : byLegacyMatch(walk, listener, connection)
  const name = textAt(chain?.config, 'name')
  walk.step({
    kind: 'chain',
    listener: connection.listener,
    ...(chain === undefined ? {} : { chain: name ?? '' }),
    hops,
    evidence: walk.evidence(chain?.pointer ?? listener.pointer),
  })
  return chain
}
