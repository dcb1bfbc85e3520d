import type { EnvoyDump, EnvoyKind } from '#model/envoy.ts'
import { bootstrapRows } from './bootstrap.ts'
import { chainRows } from './chains.ts'
import { type ClusterWish, clusterRows } from './clusters.ts'
import { ecdsRows } from './ecds.ts'
import { type EndpointWish, edsRows, endpointRows } from './endpoints.ts'
import { type FilterWish, filterRows } from './filters.ts'
import { type ListenerWish, listenerRows } from './listeners.ts'
import { type PolicyWish, policyRows } from './policies.ts'
import { routeRows } from './routes.ts'
import { secretRows } from './secrets.ts'
import { serviceRows } from './services.ts'

/** What to show of a table; each table takes the wishes that mean something to it, as istioctl's `all` does. */
export interface WaypointWish extends ClusterWish, ListenerWish, EndpointWish, FilterWish, PolicyWish {
  /** Of a route configuration. */
  readonly name?: string | undefined
}

interface Table<Row> {
  /** istioctl's names for it, beside its own. */
  readonly aliases: readonly string[]
  /** Resources that it is made from. */
  readonly kinds: readonly EnvoyKind[]
  readonly rows: (dump: EnvoyDump, wish: WaypointWish) => readonly Row[]
}

/** Tables of a waypoint's Envoy. Another one is a file of rows, a line here and its columns in `render`. */
export const waypointTables = {
  bootstrap: { aliases: ['b'], kinds: [], rows: bootstrapRows },
  services: { aliases: ['service', 'svc'], kinds: ['listener', 'route', 'cluster', 'endpoint'], rows: serviceRows },
  listeners: { aliases: ['listener', 'l'], kinds: ['listener'], rows: listenerRows },
  chains: { aliases: ['chain'], kinds: ['listener'], rows: chainRows },
  filters: { aliases: ['filter', 'f'], kinds: ['listener', 'ecds'], rows: filterRows },
  routes: { aliases: ['route', 'r'], kinds: ['route'], rows: routeRows },
  clusters: { aliases: ['cluster', 'c'], kinds: ['cluster'], rows: clusterRows },
  endpoints: { aliases: ['endpoint', 'ep'], kinds: ['endpoint'], rows: endpointRows },
  eds: { aliases: [], kinds: ['endpoint'], rows: edsRows },
  policies: { aliases: ['policy', 'p', 'pol'], kinds: ['listener'], rows: policyRows },
  secrets: { aliases: ['secret', 's'], kinds: ['secret'], rows: secretRows },
  ecds: { aliases: ['ec'], kinds: ['ecds'], rows: ecdsRows },
} as const satisfies Readonly<Record<string, Table<unknown>>>

export type WaypointTableName = keyof typeof waypointTables
export type RowOf<Name extends WaypointTableName> = ReturnType<(typeof waypointTables)[Name]['rows']>[number]

export const waypointTableNames = Object.keys(waypointTables) as readonly WaypointTableName[]

/** The table that a word asks for: its name or one of istioctl's aliases. */
export const tableNamed = (word: string): WaypointTableName | 'all' | undefined => {
  if (word === 'all' || word === 'a') return 'all'
  return waypointTableNames.find(name => name === word || waypointTables[name].aliases.some(alias => alias === word))
}
