import { flagAt, objectAt, objectsAt, textAt, textsAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { Host, Priority } from './hosts.ts'

/** What a route asks of the metadata of its hosts, by key. */
export type Criteria = Readonly<Record<string, unknown>>

/** The namespace of host metadata that subsets are told by. */
const namespace = 'envoy.lb'

/** Criteria of `metadata_match`, of which the more specific level wins key by key. */
export const criteriaOf = (levels: readonly (EnvoyJson | undefined)[]): Criteria =>
  Object.assign({}, ...levels.map(level => objectAt(level, 'metadata_match', 'filter_metadata', namespace) ?? {}))

const unmodelledOptions = [
  'list_as_any',
  'scale_locality_weight',
  'panic_mode_any',
  'locality_weight_aware',
  'allow_redundant_keys',
]

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

const labelsOf = ({ metadata }: Host): Criteria => metadata.get(namespace) ?? {}
const fits = (host: Host, criteria: Criteria): boolean =>
  Object.entries(criteria).every(([key, value]) => key in labelsOf(host) && same(labelsOf(host)[key], value))

const only = (priorities: readonly Priority[], criteria: Criteria): readonly Priority[] =>
  priorities.map(priority =>
    priority.map(locality => ({ ...locality, hosts: locality.hosts.filter(host => fits(host, criteria)) })),
  )

const hostCount = (priorities: readonly Priority[]): number =>
  priorities.flat().reduce((sum, { hosts }) => sum + hosts.length, 0)

const sameKeys = (keys: readonly string[], criteria: Criteria): boolean =>
  keys.length === Object.keys(criteria).length && keys.every(key => key in criteria)

export type Subset = readonly Priority[] | { readonly unknown: string }

const byPolicy = (policy: string, priorities: readonly Priority[], config: EnvoyJson): Subset => {
  if (policy === 'ANY_ENDPOINT') return priorities
  if (policy === 'DEFAULT_SUBSET') return only(priorities, objectAt(config, 'default_subset') ?? {})
  return policy === 'NO_FALLBACK' ? [] : { unknown: `subset fallback ${policy}` }
}

/**
 * The hosts of a cluster among which the balancer chooses: those that the criteria of the route name, if the cluster has
 * subsets by exactly these keys and one of them has hosts; else by the fallback of the selector or of the cluster.
 */
export const subsetOf = (cluster: EnvoyJson, priorities: readonly Priority[], criteria: Criteria): Subset => {
  const config = objectAt(cluster, 'lb_subset_config')
  const selectors = objectsAt(config, 'subset_selectors')
  const fallback = textAt(config, 'fallback_policy') ?? 'NO_FALLBACK'
  // A configuration without selectors and fallback switches subsets off.
  if (config === undefined || (selectors.length === 0 && fallback === 'NO_FALLBACK')) return priorities
  const unmodelled =
    unmodelledOptions.find(name => flagAt(config, name) === true) ??
    ('metadata_fallback_policy' in config ? 'metadata_fallback_policy' : undefined) ??
    (selectors.some(selector => flagAt(selector, 'single_host_per_subset') === true)
      ? 'single_host_per_subset'
      : undefined)
  if (unmodelled !== undefined) return { unknown: `subset option ${unmodelled}` }
  const selector = selectors.find(({ keys }) => sameKeys(textsAt({ keys }, 'keys'), criteria))
  const named = selector === undefined ? [] : only(priorities, criteria)
  if (hostCount(named) > 0) return named
  return byPolicy(textAt(selector, 'fallback_policy') ?? fallback, priorities, config)
}
