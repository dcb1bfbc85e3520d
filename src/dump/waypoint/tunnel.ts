import { numberAt, objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyDump, EnvoyJson } from '#model/envoy.ts'
import { chainsOf, filtersOf, tcpProxyName } from './chain.ts'
import { serves } from './resource.ts'
import { transportOf } from './transport.ts'

/** The way from an endpoint of a cluster to the wire (specs/waypoint.md §2.4). */
export interface Tunnel {
  /** Internal listeners that the bytes pass through, in order. */
  readonly through: readonly string[]
  readonly kind: 'plain' | 'tls' | 'HBONE' | 'double HBONE' | 'internal'
  /** What is dialled; empty where the request decides. */
  readonly dial: string
  /** The CONNECT target that the other side is asked for. */
  readonly target: string
  /** What is wrong or missing on the way. */
  readonly reason: string
}

/** Follows endpoints of one dump through its internal listeners. */
export const tunnelsOf = (dump: EnvoyDump) => {
  const listeners = new Map(dump.listeners.filter(serves).map(({ name, config }) => [name, config]))
  const clusters = new Map(dump.clusters.filter(serves).map(({ name, config }) => [name, config]))
  return (cluster: string, lbEndpoint: unknown): Tunnel => {
    const address = objectAt(lbEndpoint, 'endpoint', 'address')
    const listener = textAt(address, 'envoy_internal_address', 'server_listener_name')
    if (listener === undefined) return straight(clusters.get(cluster))
    const targets = targetsOf(lbEndpoint)
    if (listener === 'main_internal')
      return { ...through(listener), kind: 'internal', target: '', dial: '', reason: '' }
    const config = listeners.get(listener)
    if (config === undefined)
      return {
        ...through(listener),
        kind: 'HBONE',
        target: targets.local,
        dial: '',
        reason: dump.partial ? 'the dump is partial' : `no active listener ${listener}: connections fail`,
      }
    const originate = clusters.get(originateCluster(config) ?? '')
    return tunnelled({ cluster, listener, targets, originate, tunnels: tunnelHost(config) !== undefined })
  }
}

const through = (listener: string) => ({ through: [listener] })

/** To an endpoint that is dialled by the proxy itself. */
export const straight = (cluster: EnvoyJson | undefined): Tunnel => {
  const tls = transportOf(objectAt(cluster, 'transport_socket')).tls !== undefined
  return { through: [], kind: tls ? 'tls' : 'plain', dial: '', target: '', reason: '' }
}

interface Targets {
  readonly local: string
  readonly waypoint: string
  readonly doubleTarget: string
  /** 1.18–1.19 give the address to dial themselves. */
  readonly address: string
}

const targetsOf = (lbEndpoint: unknown): Targets => {
  const metadata = objectAt(lbEndpoint, 'metadata', 'filter_metadata')
  const original = objectAt(metadata, 'envoy.filters.listener.original_dst')
  return {
    local: textAt(original, 'local') ?? textAt(metadata, 'tunnel', 'destination') ?? '',
    waypoint: textAt(original, 'waypoint') ?? '',
    doubleTarget: textAt(metadata, 'istio', 'double_hbone', 'hbone_target_address') ?? '',
    address: textAt(metadata, 'tunnel', 'address') ?? '',
  }
}

const tcpProxyOf = (listener: EnvoyJson): EnvoyJson | undefined =>
  chainsOf(listener)
    .flatMap(filtersOf)
    .filter(filter => textAt(filter, 'name') === tcpProxyName)
    .map(filter => objectAt(filter, 'typed_config'))
    .find(config => config !== undefined)

const originateCluster = (listener: EnvoyJson): string | undefined => textAt(tcpProxyOf(listener), 'cluster')
const tunnelHost = (listener: EnvoyJson): string | undefined =>
  textAt(tcpProxyOf(listener), 'tunneling_config', 'hostname')

interface Way {
  readonly cluster: string
  readonly listener: string
  readonly targets: Targets
  readonly originate: EnvoyJson | undefined
  readonly tunnels: boolean
}

/** The cluster behind an internal listener either dials the target with a port of its own, or leads to a next listener. */
const tunnelled = ({ cluster, listener, targets, originate, tunnels }: Way): Tunnel => {
  const next = objectsAt(originate, 'load_assignment', 'endpoints')
    .flatMap(locality => objectsAt(locality, 'lb_endpoints'))
    .map(endpoint => textAt(endpoint, 'endpoint', 'address', 'envoy_internal_address', 'server_listener_name'))
    .find(name => name !== undefined)
  const kind = next !== undefined ? 'double HBONE' : tunnels ? 'HBONE' : 'plain'
  const dialled = targets.waypoint === '' ? targets.local : targets.waypoint
  const port = numberAt(originate, 'original_dst_lb_config', 'upstream_port_override')
  return {
    through: next === undefined ? [listener] : [listener, next],
    kind,
    target: targets.doubleTarget === '' ? targets.local : targets.doubleTarget,
    dial:
      targets.address === '' ? withPort(dialled, port ?? (next === undefined ? undefined : 15008)) : targets.address,
    reason: reasonOf(cluster, targets, originate),
  }
}

const reasonOf = (cluster: string, { local, doubleTarget }: Targets, originate: EnvoyJson | undefined): string => {
  if (originate === undefined) return 'the cluster behind the internal listener is missing'
  if (local !== '' || doubleTarget !== '') return ''
  return /\|/.test(cluster)
    ? 'the endpoint has no tunnel destination in its metadata: no host, UH'
    : 'to where the client asked to go'
}

const withPort = (address: string, port: number | undefined): string => {
  if (address === '' || port === undefined) return address
  const colon = address.lastIndexOf(':')
  return `${colon < 0 ? address : address.slice(0, colon)}:${port}`
}

/** `HBONE 10.244.0.36:15008 for 10.244.0.36:8080 (connect_originate)` */
export const tunnelText = ({ through, kind, dial, target }: Tunnel): string => {
  const way = through.length === 0 ? '' : ` (${through.join(' → ')})`
  const to = dial === '' ? '' : ` ${dial}`
  return `${kind}${to}${target === '' ? '' : ` for ${target}`}${way}`
}
