import type { Provenance } from '#dump/provenance.ts'
import { proxyName } from '#dump/waypoint/resource.ts'
import { knowsEndpoints } from '#dump/waypoint/services.ts'
import { type RowOf, type WaypointTableName, type WaypointWish, waypointTables } from '#dump/waypoint/tables.ts'
import type { EnvoyDump } from '#model/envoy.ts'
import { type Choice, chooseList } from '#render/list/choose.ts'
import type { Column, List } from '#render/list/column.ts'
import { waypointLayouts } from './layouts.ts'

/** What `dump waypoint` was asked, with the proxies that it found. */
export interface WaypointView {
  readonly table: WaypointTableName | 'all' | 'overview'
  readonly proxies: readonly EnvoyDump[]
  /** Of each proxy. */
  readonly provenance: readonly Provenance[]
  readonly wish: WaypointWish
  readonly choice: Choice
  /** The time that expiry is judged at. */
  readonly asOf: Date
  /** The time that ages count to. */
  readonly present: Date
}

/** Rows of every proxy. Default tables leave out what does not serve, as istioctl does; wide ones show it. */
export const rowsOf = <Name extends WaypointTableName>(
  name: Name,
  { proxies, wish }: WaypointView,
  everything: boolean,
): readonly RowOf<Name>[] => {
  const { rows } = waypointTables[name] as {
    readonly rows: (dump: EnvoyDump, wish: WaypointWish) => readonly RowOf<Name>[]
  }
  const all = proxies.flatMap(dump => rows(dump, wish))
  return everything ? all : all.filter(isDefault)
}

const isDefault = (row: object): boolean => {
  if ('wide' in row) return row.wide !== true
  return !('state' in row) || row.state === 'static' || row.state === 'active' || hasOwnStatus(row)
}

/** Secrets say in their own column that they are warming. */
const hasOwnStatus = (row: object): boolean => 'certificate' in row && 'state' in row && row.state === 'warming'

/** A table as a list, with a column for the proxy where there are several. */
export const listOf = <Name extends WaypointTableName>(
  name: Name,
  view: WaypointView,
  columns?: (standard: readonly Column<RowOf<Name>>[]) => readonly Column<RowOf<Name>>[],
): List<RowOf<Name>> => {
  const layout = waypointLayouts[name]
  const rows = rowsOf(name, view, view.choice.wide === true)
  const standard = layout.columns(rows, view.asOf)
  const list: List<RowOf<Name>> = {
    columns: [...proxyColumn(view), ...(columns?.(standard) ?? standard)],
    rows,
    name: layout.name,
    gap: layout.gap,
  }
  const chosen = chooseList(list, view.choice)
  return layout.headers === false ? { ...chosen, headers: false } : chosen
}

const proxyColumn = ({ proxies }: WaypointView): readonly Column<{ readonly proxy: string }>[] => [
  { key: 'proxy', header: 'PROXY', text: ({ proxy }) => proxy, wide: proxies.length < 2 },
]

/** What a default table leaves out and nobody should miss: refused updates, resources that wait. */
export const notesOf = ({ table, proxies }: WaypointView): readonly string[] => {
  const kinds: readonly string[] = table === 'all' || table === 'overview' ? allKinds : waypointTables[table].kinds
  const notes = proxies.flatMap(dump =>
    [dump.listeners, dump.clusters, dump.routes, dump.endpoints ?? [], dump.secrets, dump.ecds]
      .flat()
      .filter(({ kind, state }) => kinds.includes(kind) && oddStates.has(state))
      .map(({ kind, name, state, rejection }) => {
        const what = `${state} ${kind} ${name === '' ? '(unnamed)' : name} of ${proxyName(dump)}`
        return rejection === undefined ? what : `${what}: ${beginning(rejection.details)}`
      }),
  )
  const absent = proxies.flatMap(dump =>
    dump.partial ? [onlyPart(dump)] : kinds.includes('endpoint') && !knowsEndpoints(dump) ? [noEndpoints(dump)] : [],
  )
  return [...new Set([...notes, ...absent])]
}

const onlyPart = (dump: EnvoyDump): string =>
  `only a part of the configuration of ${proxyName(dump)} was collected: what is absent here may be configured all the same`
const noEndpoints = (dump: EnvoyDump): string =>
  `endpoints of EDS clusters are not in the dump of ${proxyName(dump)}: it was taken without include_eds, and without /clusters`

const allKinds = ['listener', 'cluster', 'route', 'endpoint', 'secret', 'ecds']
const oddStates = new Set(['rejected', 'warming'])

/** Envoy repeats the refused configuration; the wide table has it all. */
const beginning = (details: string): string => {
  const line = details.replaceAll(/\s+/g, ' ')
  return line.length > 200 ? `${line.slice(0, 200)}…` : line
}
