import type { RowOf, WaypointTableName } from '#dump/waypoint/tables.ts'
import type { Column } from '#render/list/column.ts'
import { clusterColumns, edsColumns, endpointColumns } from './clusters.ts'
import { chainColumns, filterColumns, listenerColumns } from './listeners.ts'
import { policyColumns, routeColumns } from './routes.ts'
import { bootstrapColumns, ecdsColumns, secretColumns } from './secrets.ts'
import { serviceColumns } from './services.ts'

export interface Layout<Row> {
  readonly columns: (rows: readonly Row[], now: Date) => readonly Column<Row>[]
  /** For `-o name`. */
  readonly name: (row: Row) => string
  /** Spaces between columns, as istioctl has them. */
  readonly gap: number
  readonly headers?: boolean
}

/** How each table is laid out. */
export const waypointLayouts: { readonly [Name in WaypointTableName]: Layout<RowOf<Name>> } = {
  bootstrap: { columns: () => bootstrapColumns, name: ({ proxy }) => `bootstrap/${proxy}`, gap: 1, headers: false },
  services: {
    columns: () => serviceColumns,
    name: ({ service, chain }) => `service/${service || chain}`,
    gap: 3,
  },
  listeners: { columns: () => listenerColumns, name: ({ name }) => `listener/${name}`, gap: 1 },
  chains: { columns: () => chainColumns, name: ({ listener, chain }) => `chain/${listener}/${chain}`, gap: 3 },
  filters: {
    columns: () => filterColumns,
    name: ({ listener, chain, order }) => `filter/${listener}/${chain}/${order}`,
    gap: 3,
  },
  routes: { columns: () => routeColumns, name: ({ name }) => `route/${name}`, gap: 5 },
  clusters: { columns: () => clusterColumns, name: ({ name }) => `cluster/${name}`, gap: 5 },
  endpoints: { columns: () => endpointColumns, name: ({ endpoint }) => `endpoint/${endpoint}`, gap: 5 },
  eds: { columns: () => edsColumns, name: ({ name }) => `endpoint/${name}`, gap: 5 },
  policies: {
    columns: () => policyColumns,
    name: ({ object, policy }) =>
      object === undefined ? `policy/${policy}` : `authorizationpolicy/${object.namespace ?? ''}/${object.name}`,
    gap: 3,
  },
  secrets: { columns: secretColumns, name: ({ name }) => `secret/${name}`, gap: 5 },
  ecds: { columns: () => ecdsColumns, name: ({ name }) => `ecds/${name}`, gap: 5 },
}
