import { objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyDump, EnvoyJson, EnvoyResource } from '#model/envoy.ts'
import { wantedClusters } from './clusters.ts'
import { edsRows } from './endpoints.ts'
import { wantedFilterListeners } from './filters.ts'
import { wantedListeners } from './listeners.ts'
import { wantedRoutes } from './routes.ts'
import { type WaypointTableName, type WaypointWish, waypointTables } from './tables.ts'
import { shownSection } from './without-secrets.ts'

/** What a proxy sent, cut down to a table: the same shape as its config dump, so that it can be read again. */
export interface AsSent {
  readonly configs: readonly EnvoyJson[]
  /** The answer of `/clusters`, for endpoints. */
  readonly cluster_statuses?: readonly EnvoyJson[]
}

const sectionOf: Readonly<Record<string, string>> = {
  listener: 'ListenersConfigDump',
  cluster: 'ClustersConfigDump',
  route: 'RoutesConfigDump',
  endpoint: 'EndpointsConfigDump',
  secret: 'SecretsConfigDump',
  ecds: 'EcdsConfigDump',
}

/** Everything of a table, unknown members included; what is secret is left out. */
export const asSent = (dump: EnvoyDump, table: WaypointTableName | 'all', wish: WaypointWish): AsSent => {
  if (table === 'all') return { configs: dump.sections.map(shownSection) }
  const kinds: readonly string[] = waypointTables[table].kinds
  const names = table === 'bootstrap' ? ['BootstrapConfigDump'] : kinds.map(kind => sectionOf[kind] ?? '')
  const isOf = (section: EnvoyJson) =>
    names.some(name => (textAt(section, '@type') ?? '').replace(/^.*\.v\w+\./, '').split('.')[0] === name)
  const wanted = wantedOf(dump, table, wish)
  const configs = dump.sections.flatMap((section, index) =>
    isOf(section) ? [shownSection(wanted === undefined ? section : onlyWanted(section, index, wanted))] : [],
  )
  if (table !== 'endpoints' || dump.clusterStatuses === undefined) return { configs }
  return { configs, cluster_statuses: objectsAt(dump.clusterStatuses, 'cluster_statuses') }
}

/** Resources that the wish leaves, or undefined where it wishes nothing. */
const wantedOf = (
  dump: EnvoyDump,
  table: WaypointTableName,
  wish: WaypointWish,
): readonly Pick<EnvoyResource, 'pointer'>[] | undefined => {
  if (Object.values(wish).every(value => value === undefined)) return undefined
  switch (table) {
    case 'listeners':
      return wantedListeners(dump, wish)
    case 'chains':
    case 'filters':
      return wantedFilterListeners(dump, wish)
    case 'clusters':
      return wantedClusters(dump, wish)
    case 'routes':
      return wantedRoutes(dump, wish)
    case 'endpoints':
    case 'eds':
      return edsRows(dump, wish)
    default:
      return undefined
  }
}

/** Elements of the section's lists that hold a wanted resource. */
const onlyWanted = (
  section: EnvoyJson,
  index: number,
  wanted: readonly Pick<EnvoyResource, 'pointer'>[],
): EnvoyJson => {
  const elements = new Set(wanted.map(({ pointer }) => pointer.split('/').slice(0, 5).join('/')))
  return Object.fromEntries(
    Object.entries(section).map(([name, value]) => [
      name,
      Array.isArray(value)
        ? value.filter((_, at) => [name, snake(name)].some(list => elements.has(`/configs/${index}/${list}/${at}`)))
        : value,
    ]),
  )
}

const snake = (name: string): string => name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
