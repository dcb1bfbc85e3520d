import { objectAt, textAt } from '#decode/json/member.ts'
import type { EnvoyDump, EnvoyJson, EnvoyResource } from '#model/envoy.ts'
import { behaviourOf, type EnvoyBehaviour } from './behaviour.ts'

export interface Located {
  readonly config: EnvoyJson
  readonly pointer: string
}

/** One dump, indexed by name once for any number of decisions. */
export interface WaypointIndex {
  readonly file: string
  readonly dump: EnvoyDump
  readonly behaviour: EnvoyBehaviour
  readonly listeners: ReadonlyMap<string, Located>
  readonly clusters: ReadonlyMap<string, Located>
  /** By EDS service name, which is the cluster's name where none is set. */
  readonly assignments: ReadonlyMap<string, Located>
  /** Route configurations that a connection manager names instead of holding them. */
  readonly routeTables: ReadonlyMap<string, Located>
  readonly ecds: ReadonlyMap<string, Located>
  readonly secrets: ReadonlyMap<string, Located>
}

const serving = (resources: readonly EnvoyResource[]): ReadonlyMap<string, Located> =>
  new Map(
    resources
      .filter(({ state }) => state === 'static' || state === 'active')
      .map(({ name, config, pointer }) => [name, { config, pointer }]),
  )

export const indexWaypoint = (dump: EnvoyDump): WaypointIndex => ({
  file: dump.file,
  dump,
  behaviour: behaviourOf(dump.server.text),
  listeners: serving(dump.listeners),
  clusters: serving(dump.clusters),
  assignments: serving(dump.endpoints ?? []),
  routeTables: serving(dump.routes),
  ecds: serving(dump.ecds),
  secrets: serving(dump.secrets),
})

/** Where the endpoints of a cluster are: pushed beside it, or inside it. */
export const assignmentOf = (index: WaypointIndex, cluster: Located): Located | undefined => {
  const name = textAt(cluster.config, 'name') ?? ''
  const eds = textAt(cluster.config, 'eds_cluster_config', 'service_name')
  const pushed = (eds === undefined ? undefined : index.assignments.get(eds)) ?? index.assignments.get(name)
  if (pushed !== undefined) return pushed
  const inline = objectAt(cluster.config, 'load_assignment')
  return inline === undefined ? undefined : { config: inline, pointer: `${cluster.pointer}/load_assignment` }
}

/**
 * The name of a cluster, and what `%UPSTREAM_CLUSTER%` calls it: istiod gives every cluster an `alt_stat_name`. One that is
 * not there has no name either.
 */
export const clusterNames = (
  { clusters }: WaypointIndex,
  name: string | undefined,
): { readonly cluster?: string; readonly clusterName?: string } => {
  const config = name === undefined ? undefined : clusters.get(name)?.config
  if (name === undefined || config === undefined) return {}
  return { cluster: textAt(config, 'alt_stat_name') || name, clusterName: name }
}
