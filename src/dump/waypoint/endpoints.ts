import { numberAt, objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import { compare } from '#model/compare.ts'
import type { EnvoyDump, EnvoyHostHealth, EnvoyJson, EnvoyResource } from '#model/envoy.ts'
import { endpointAddress, internalAddress } from './address.ts'
import { byClusterName } from './cluster-name.ts'
import { inListOrder, proxyName, type ResourceFacts, resourceFacts } from './resource.ts'
import { type Tunnel, tunnelsOf } from './tunnel.ts'

export interface EndpointRow extends ResourceFacts {
  /** As `/clusters` and istioctl print it; a pipe begins with `unix://`. */
  readonly endpoint: string
  /** As istioctl prints endpoints of a config dump; a pipe is its path. */
  readonly name: string
  readonly host: string
  readonly port: number
  readonly cluster: string
  /** Of `/clusters` what the control plane gave; of a config dump Envoy's summary of that and of its own checks. */
  readonly status: string
  /** `undefined` where `/clusters` was not collected or does not list the host. */
  readonly outlier: 'OK' | 'FAILED' | undefined
  readonly live: LiveHealth | undefined
  readonly locality: string
  readonly priority: number
  readonly weight: number | undefined
  readonly workload: string
  readonly tunnel: Tunnel
}

/** What Envoy thinks of the host now. */
export type LiveHealth = Omit<EnvoyHostHealth, 'raw'>

export interface EndpointWish {
  readonly address?: string | undefined
  readonly port?: number | undefined
  readonly cluster?: string | undefined
  readonly status?: string | undefined
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

const endpointWanted = (
  { endpoint, name, host, port, cluster, status }: Omit<EndpointRow, keyof ResourceFacts>,
  wish: EndpointWish,
): boolean =>
  (wish.address === undefined || [endpoint, name, host].some(text => same(text, wish.address ?? ''))) &&
  (wish.port === undefined || port === wish.port) &&
  (wish.cluster === undefined || same(cluster, wish.cluster)) &&
  (wish.status === undefined || same(status, wish.status))

/** Endpoints of the config dump, by cluster in istioctl's order; without EDS in it, those that clusters carry themselves. */
export const edsRows = (dump: EnvoyDump, wish: EndpointWish = {}): readonly EndpointRow[] => {
  const tunnelOf = tunnelsOf(dump)
  return inListOrder(dump.endpoints ?? inlineAssignments(dump))
    .toSorted((a, b) => byClusterName(a.name, b.name))
    .flatMap(assignment => assignmentRows(dump, assignment, tunnelOf))
    .filter(row => endpointWanted(row, wish))
}

const inlineAssignments = ({ clusters }: EnvoyDump): readonly EnvoyResource[] =>
  clusters.flatMap(cluster => {
    const config = objectAt(cluster.config, 'load_assignment')
    return config === undefined ? [] : [{ ...cluster, config, pointer: `${cluster.pointer}/load_assignment` }]
  })

const assignmentRows = (
  dump: EnvoyDump,
  assignment: EnvoyResource,
  tunnelOf: ReturnType<typeof tunnelsOf>,
): readonly EndpointRow[] => {
  const facts = resourceFacts(dump, assignment)
  const hosts = new Map((dump.health?.get(assignment.name) ?? []).map(host => [host.address, host]))
  return objectsAt(assignment.config, 'endpoints').flatMap(locality =>
    objectsAt(locality, 'lb_endpoints').map(endpoint => {
      const cells = placeOf(objectAt(endpoint, 'endpoint', 'address'))
      const live = liveOf(hosts.get(cells.live))
      const tunnel = tunnelOf(assignment.name, endpoint)
      const status = textAt(endpoint, 'health_status') ?? 'UNKNOWN'
      return {
        ...facts,
        ...cells,
        cluster: assignment.name,
        status,
        outlier: outlierOf(live),
        live,
        locality: localityText(objectAt(locality, 'locality')),
        priority: live?.priority ?? numberAt(locality, 'priority') ?? 0,
        weight: numberAt(endpoint, 'load_balancing_weight') ?? live?.weight,
        workload: textAt(endpoint, 'metadata', 'filter_metadata', 'istio', 'workload') ?? '',
        tunnel,
        reason: [facts.reason, tunnel.reason, live === undefined ? summed(status) : outReason(live)]
          .filter(text => text !== '')
          .join('; '),
      }
    }),
  )
}

const placeOf = (address: unknown) => {
  const pipe = textAt(address, 'pipe', 'path')
  const socket = objectAt(address, 'socket_address')
  const name = endpointAddress(address)
  const host = textAt(socket, 'address') ?? (pipe === undefined ? name : `unix://${pipe}`)
  return {
    endpoint: pipe === undefined ? name : host,
    name,
    host,
    port: numberAt(socket, 'port_value') ?? 0,
    live: liveAddress(address),
  }
}

/** The spelling of addresses in the model of `/clusters`, where IPv6 stands in brackets. */
const liveAddress = (address: unknown): string => {
  const ip = textAt(address, 'socket_address', 'address')
  if (ip?.includes(':') === true) return `[${ip}]:${numberAt(address, 'socket_address', 'port_value') ?? 0}`
  return internalAddress(address) ?? endpointAddress(address)
}

const liveOf = (host: EnvoyHostHealth | undefined): LiveHealth | undefined => {
  if (host === undefined) return undefined
  const { raw: _, ...live } = host
  return live
}

const outlierOf = (live: LiveHealth | undefined): EndpointRow['outlier'] => {
  if (live === undefined) return undefined
  return live.flags.includes('failed_outlier_check') ? 'FAILED' : 'OK'
}

/** A config dump calls a host UNHEALTHY that drains, that timed out, or that a check of Envoy's own put out. */
const summed = (status: string): string =>
  status === 'UNHEALTHY' ? 'UNHEALTHY, DRAINING, TIMEOUT or failed a check: only /clusters tells which' : ''

const outReason = (live: LiveHealth | undefined): string => (live?.healthy === false ? live.flags.join(', ') : '')

/** `region/zone/subzone`, as far as it is given. */
const localityText = (locality: EnvoyJson | undefined): string => {
  const parts = [textAt(locality, 'region'), textAt(locality, 'zone'), textAt(locality, 'sub_zone')]
  const last = parts.findLastIndex(part => part !== undefined && part !== '')
  return parts
    .slice(0, last + 1)
    .map(part => part ?? '')
    .join('/')
}

/** Endpoints that Envoy uses now, from `/clusters`, with what the config dump knows about each; ordered by address. */
export const endpointRows = (dump: EnvoyDump, wish: EndpointWish = {}): readonly EndpointRow[] => {
  const configured = edsRows(dump)
  if (dump.health === undefined) return configured.filter(row => endpointWanted(row, wish)).toSorted(byAddress)
  const known = new Map(configured.map(row => [`${row.cluster} ${row.endpoint}`, row]))
  const tunnelOf = tunnelsOf(dump)
  return [...dump.health]
    .flatMap(([cluster, hosts]) => hosts.map(host => hostRow({ dump, cluster, host, known, tunnelOf })))
    .filter(row => endpointWanted(row, wish))
    .toSorted(byAddress)
}

const byAddress = (a: EndpointRow, b: EndpointRow): number =>
  compare(a.host, b.host) || compare(a.port, b.port) || compare(a.cluster, b.cluster)

interface LiveHost {
  readonly dump: EnvoyDump
  readonly cluster: string
  readonly host: EnvoyHostHealth
  readonly known: ReadonlyMap<string, EndpointRow>
  readonly tunnelOf: ReturnType<typeof tunnelsOf>
}

const hostRow = ({ dump, cluster, host, known, tunnelOf }: LiveHost): EndpointRow => {
  const { live: _, ...cells } = placeOf(objectAt(host.raw, 'address'))
  const live = { status: host.edsHealth ?? 'UNKNOWN', outlier: outlierOf(host), live: liveOf(host) }
  const configured = known.get(`${cluster} ${cells.endpoint}`)
  if (configured !== undefined) return { ...configured, ...live }
  return {
    proxy: proxyName(dump),
    state: 'active',
    version: '',
    lastUpdated: '',
    file: dump.file,
    pointer: '',
    ...cells,
    ...live,
    cluster,
    locality: localityText(objectAt(host.raw, 'locality')),
    priority: host.priority,
    weight: host.weight,
    workload: '',
    tunnel: tunnelOf(cluster, { endpoint: { address: host.raw.address } }),
    reason: [dump.endpoints === undefined ? '' : 'not in the config dump', outReason(host)]
      .filter(text => text !== '')
      .join('; '),
  }
}
