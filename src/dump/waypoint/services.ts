import { objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyDump, EnvoyJson, EnvoyResource } from '#model/envoy.ts'
import type { ObjectRef } from '#model/evidence.ts'
import { originOf } from '#waypoint/origin.ts'
import { chainName, chainsOf, filtersOf, hcmOf, tcpProxyName } from './chain.ts'
import { type ChainRow, chainRows } from './chains.ts'
import { parseClusterName } from './cluster-name.ts'
import { hostChoiceOf } from './clusters.ts'
import { type EndpointRow, edsRows } from './endpoints.ts'
import { chainFilters, ecdsOf, type FilterWish } from './filters.ts'
import { objectText } from './origin.ts'
import { type ResourceFacts, serves } from './resource.ts'
import { straight } from './tunnel.ts'
import { clustersNamed } from './words/destination.ts'

/** What a proxy does for one destination, from its chain to the wire: `inbound-vip` → endpoints → `connect_originate`. */
export interface ServiceRow extends ResourceFacts {
  /** The host of the chain's or the only cluster's name; empty for pods, and where there are several. */
  readonly service: string
  readonly listener: string
  readonly addresses: readonly string[]
  readonly ports: readonly string[]
  readonly protocols: readonly string[]
  /** Conditions of the matcher on anything else, in words. */
  readonly also: string
  readonly speaks: 'http' | 'tcp'
  readonly chain: string
  /** Filters that may refuse or change what passes, in order. */
  readonly filters: readonly string[]
  readonly routes: number
  /** Objects that routes and clusters were made from. */
  readonly from: readonly ObjectRef[]
  readonly clusters: readonly string[]
  readonly healthy: number
  readonly endpoints: number
  /** Where each connection or request brings its own host, there are none to count. */
  readonly hosts: 'listed' | 'not collected' | 'brought'
  /** How endpoints are reached, each way once: `HBONE (connect_originate)`. */
  readonly via: readonly string[]
}

/** Filters of the listener that takes tunnels: they see the CONNECT, not the request inside. */
export const tunnelFilters = (dump: EnvoyDump): readonly string[] => {
  const ecds = ecdsOf(dump)
  const chains = dump.listeners
    .filter(listener => listener.name === 'connect_terminate' && serves(listener))
    .flatMap(({ config }) => chainsOf(config))
  const names = chains.flatMap((chain, index) => chainFilters(chain, index, ecds).map(({ short }) => short))
  return [...new Set(names.filter(acts))]
}

/** Filters that let everything pass as it is, by their short names. */
const silent = new Set(
  'http grpc_stats fault cors router tcp_proxy peer_metadata stats istio.stats metadata_exchange connect_authority set_dst_address request_source istio_authn connect_baggage istio.alpn compressor'.split(
    ' ',
  ),
)

const acts = (short: string): boolean => short !== '' && !silent.has(short)

export const serviceRows = (dump: EnvoyDump, wish: FilterWish & { readonly fqdn?: string | undefined } = {}) => {
  const look = lookAt(dump)
  return chainRows(dump, wish)
    .filter(({ chain, also, state }) => chain !== '' && also !== 'never' && serves({ state }))
    .flatMap(row => rowOf(row, look))
    .filter(({ service }) => wish.fqdn === undefined || service.includes(wish.fqdn))
}

interface LookUp {
  readonly chains: ReadonlyMap<string, Chain>
  readonly routes: ReadonlyMap<string, EnvoyResource>
  readonly clusters: ReadonlyMap<string, EnvoyResource>
  readonly endpoints: ReadonlyMap<string, readonly EndpointRow[]>
  readonly knowsEndpoints: boolean
}

interface Chain {
  readonly config: EnvoyJson
  readonly filters: readonly string[]
}

const lookAt = (dump: EnvoyDump): LookUp => {
  const named = (resources: readonly EnvoyResource[]) =>
    new Map(resources.filter(serves).map(resource => [resource.name, resource]))
  const ecds = ecdsOf(dump)
  const chains = dump.listeners.filter(serves).flatMap(listener =>
    chainsOf(listener.config).map((config, index) => {
      const filters = chainFilters(config, index, ecds).map(({ short }) => short)
      return [`${listener.name} ${chainName(config, index)}`, { config, filters }] as const
    }),
  )
  const endpoints = new Map<string, EndpointRow[]>()
  for (const row of edsRows(dump)) {
    const known = endpoints.get(row.cluster)
    if (known === undefined) endpoints.set(row.cluster, [row])
    else known.push(row)
  }
  return {
    chains: new Map(chains),
    routes: named(dump.routes),
    clusters: named(dump.clusters),
    endpoints,
    knowsEndpoints: knowsEndpoints(dump),
  }
}

const rowOf = (row: ChainRow, look: LookUp): readonly ServiceRow[] => {
  const chain = look.chains.get(`${row.listener} ${row.chain}`)
  if (chain === undefined) return []
  const { hcm, routes, clusters } = destinationsOf(chain.config, look)
  const meant = clusters.filter(name => parseClusterName(name) !== undefined || name === 'encap')
  if (meant.length === 0) return []
  const endpoints = meant.flatMap(name => look.endpoints.get(name) ?? [])
  const { filters: _, destination: __, ...facts } = row
  return [
    {
      ...facts,
      service: serviceOf(row.chain, meant),
      speaks: hcm ? 'http' : 'tcp',
      filters: chain.filters.filter(acts),
      routes: routes.length,
      from: objectsOf([...routes, ...meant.map(name => look.clusters.get(name)?.config)]),
      clusters: meant,
      healthy: endpoints.filter(isHealthy).length,
      endpoints: endpoints.length,
      hosts: hostsOf(meant, look),
      via: waysOf(meant, endpoints, look),
    },
  ]
}

/** Chains of 1.18 have `-http` or `-tcp` behind the host. */
const serviceOf = (chain: string, clusters: readonly string[]): string => {
  const hosts = [...new Set(clusters.map(name => parseClusterName(name)?.host ?? ''))]
  const named = parseClusterName(chain)?.host
  if (named === undefined) return hosts.length === 1 ? (hosts[0] ?? '') : ''
  return hosts.find(host => host !== '' && named.startsWith(`${host}-`)) ?? named
}

const destinationsOf = (
  chain: EnvoyJson,
  { routes: configurations }: LookUp,
): { readonly hcm: boolean; readonly routes: readonly EnvoyJson[]; readonly clusters: readonly string[] } => {
  const hcm = filtersOf(chain)
    .map(hcmOf)
    .find(config => config !== undefined)
  if (hcm === undefined) {
    const proxies = filtersOf(chain).filter(filter => textAt(filter, 'name') === tcpProxyName)
    const clusters = proxies.flatMap(filter => clustersNamed(objectAt(filter, 'typed_config') ?? {}))
    return { hcm: false, routes: [], clusters: [...new Set(clusters)] }
  }
  const table =
    objectAt(hcm, 'route_config') ?? configurations.get(textAt(hcm, 'rds', 'route_config_name') ?? '')?.config
  const routes = objectsAt(table, 'virtual_hosts').flatMap(host => objectsAt(host, 'routes'))
  const clusters = routes.flatMap(route => clustersNamed(objectAt(route, 'route') ?? {}))
  return { hcm: true, routes, clusters: [...new Set(clusters)] }
}

const objectsOf = (configs: readonly (EnvoyJson | undefined)[]): readonly ObjectRef[] => {
  const found = new Map<string, ObjectRef>()
  for (const origin of configs.map(originOf)) if (origin !== undefined) found.set(objectText(origin), origin)
  return [...found.values()]
}

const isHealthy = ({ live, status }: EndpointRow): boolean => live?.healthy ?? ['HEALTHY', 'UNKNOWN'].includes(status)

/** An EDS cluster has its endpoints in a section or an answer of its own, which a dump may lack. */
export const knowsEndpoints = ({ endpoints, health }: EnvoyDump): boolean =>
  endpoints !== undefined || health !== undefined

const hostsOf = (names: readonly string[], { clusters, knowsEndpoints }: LookUp): ServiceRow['hosts'] => {
  const listed = names
    .filter(name => name !== 'encap')
    .map(name => clusters.get(name)?.config)
    .filter(cluster => hostChoiceOf(cluster) === 'listed')
  if (listed.length === 0) return 'brought'
  return !knowsEndpoints && listed.some(cluster => textAt(cluster, 'type') === 'EDS') ? 'not collected' : 'listed'
}

const waysOf = (clusters: readonly string[], endpoints: readonly EndpointRow[], look: LookUp): readonly string[] => {
  const ways = endpoints.map(({ tunnel }) =>
    tunnel.through.length === 0 ? tunnel.kind : `${tunnel.kind} (${tunnel.through.join(' → ')})`,
  )
  const asked = clusters.includes('encap') ? ' to where the client asked' : ''
  const others = clusters.flatMap(name => wayWithoutEndpoints(look.clusters.get(name)?.config) ?? [])
  return [...new Set([...ways.map(way => `${way}${asked}`), ...others])]
}

const wayWithoutEndpoints = (cluster: EnvoyJson | undefined): string | undefined => {
  const choice = hostChoiceOf(cluster)
  if (choice === 'listed') return undefined
  const { kind } = straight(cluster)
  return choice === 'asked host' ? `${kind} to the host that is asked for, by DNS` : `${kind} to where the client asked`
}
