import { member, numberAt, objectAt, objectsAt, textAt, textsAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import { type Address, internalClient, parseAddress, printAddress } from '../address.ts'
import { type Connection, type FilterStateObject, sharedState } from '../connection.ts'
import { durationMs } from '../duration.ts'
import { filterStateFrom } from '../filter-state.ts'
import { render } from '../format.ts'
import { Headers } from '../headers.ts'
import { dialOfSetDstAddress, restoreDestination } from '../listener-filters.ts'
import { assignmentOf, type WaypointIndex } from '../lookup.ts'
import type { Handshake, TunnelHop } from '../outcome.ts'
import { typeOf } from '../types.ts'

/** Filter state key by which a filter tells an ORIGINAL_DST cluster where to go. */
const dialKey = 'envoy.network.transport_socket.original_dst_address'

const broken = (why: string): TunnelHop => ({ kind: 'broken', why })

/** The transport socket for a host: the first match whose every key its metadata has, else the cluster's own. */
const socketOf = (cluster: EnvoyJson, metadata: ReadonlyMap<string, EnvoyJson>): EnvoyJson | undefined => {
  const labels = metadata.get('envoy.transport_socket_match') ?? {}
  const fits = (match: EnvoyJson): boolean => Object.entries(match).every(([key, value]) => labels[key] === value)
  const found = objectsAt(cluster, 'transport_socket_matches').find(entry => fits(objectAt(entry, 'match') ?? {}))
  return objectAt(found ?? cluster, 'transport_socket', 'typed_config')
}

/** Names of host metadata that an internal_upstream socket hands to the internal connection. */
const passedThrough = (socket: EnvoyJson | undefined): readonly string[] =>
  objectsAt(socket, 'passthrough_metadata')
    .filter(entry => objectAt(entry, 'kind', 'host') !== undefined)
    .map(entry => textAt(entry, 'name') ?? '')

const tlsOf = (socket: EnvoyJson | undefined): EnvoyJson | undefined =>
  [socket, objectAt(socket, 'transport_socket', 'typed_config')].find(
    config => textAt(config, '@type')?.endsWith('.UpstreamTlsContext') === true,
  )

const certificates = ['tls_certificates', 'tls_certificate_sds_secret_configs']

const handshakeOf = (tls: EnvoyJson): Handshake => {
  const common = objectAt(tls, 'common_tls_context')
  const serverName = textAt(tls, 'sni')
  return {
    ...(serverName !== undefined && { serverName }),
    alpn: textsAt(common, 'alpn_protocols'),
    certificate: certificates.some(member => objectsAt(common, member).length > 0),
  }
}

const defaultConnectMs = 5000

export const connectMsOf = (cluster: EnvoyJson): number =>
  durationMs(textAt(cluster, 'connect_timeout')) ?? defaultConnectMs

/** A connection to an address, in clear or in the TLS of the host's transport socket. */
const directly = (dial: string, { cluster, metadata }: Pick<Leaving, 'cluster' | 'metadata'>): TunnelHop => {
  const tls = tlsOf(socketOf(cluster, metadata))
  const from = textAt(cluster, 'upstream_bind_config', 'source_address', 'address')
  return {
    kind: 'direct',
    dial,
    tls: tls !== undefined,
    connectMs: connectMsOf(cluster),
    ...(tls !== undefined && { handshake: handshakeOf(tls) }),
    ...(from !== undefined && { from }),
  }
}

const portOverride = (cluster: EnvoyJson, address: Address): Address => {
  const port = numberAt(cluster, 'original_dst_lb_config', 'upstream_port_override')
  return port === undefined || address.kind !== 'ip' ? address : { ...address, port }
}

/** Where an ORIGINAL_DST cluster sends a connection; undefined when nothing names an address (specs/waypoint.md §2.4). */
export const originalDestination = (
  cluster: EnvoyJson,
  connection: Connection,
  state: ReadonlyMap<string, FilterStateObject>,
): Address | undefined => {
  const key = objectAt(cluster, 'original_dst_lb_config', 'metadata_key')
  const path = objectsAt(key, 'path').map(segment => textAt(segment, 'key') ?? '')
  const named = member(connection.metadata.get(textAt(key, 'key') ?? ''), ...path)
  const set = state.get(dialKey)?.text
  const address =
    (set === undefined ? undefined : parseAddress(set)) ??
    (typeof named === 'string' ? parseAddress(named) : undefined) ??
    (connection.local.kind === 'ip' ? connection.local : undefined)
  return address === undefined ? undefined : portOverride(cluster, address)
}

interface Leaving {
  /** Set by a listener filter, before everything else. */
  readonly dial?: Address
  readonly cluster: EnvoyJson
  readonly connection: Connection
  readonly state: ReadonlyMap<string, FilterStateObject>
  readonly metadata: ReadonlyMap<string, EnvoyJson>
}

const internalConnection = (listener: string, { cluster, connection, state, metadata }: Leaving): Connection => {
  const names = passedThrough(socketOf(cluster, metadata))
  return {
    listener,
    local: { kind: 'internal', listener, endpointId: '' },
    remote: internalClient,
    directRemote: internalClient,
    serverName: connection.serverName,
    transportProtocol: 'raw_buffer',
    applicationProtocols: [],
    filterState: sharedState(state),
    metadata: new Map([...metadata].filter(([namespace]) => names.includes(namespace))),
  }
}

const setState = (filters: readonly EnvoyJson[], connection: Connection): ReadonlyMap<string, FilterStateObject> => {
  const state = new Map(connection.filterState)
  for (const filter of filters) {
    if (typeOf(filter) !== 'envoy.extensions.filters.network.set_filter_state.v3.Config') continue
    const subject = { connection, headers: new Headers(), metadata: connection.metadata, filterState: state }
    const { objects } = filterStateFrom(objectsAt(filter, 'typed_config', 'on_new_connection'), subject)
    for (const [key, object] of objects) state.set(key, object)
  }
  return state
}

const connectHeaders = (
  tunneling: EnvoyJson,
  subject: Parameters<typeof render>[1],
): readonly (readonly [string, string])[] =>
  objectsAt(tunneling, 'headers_to_add').map(option => [
    (textAt(option, 'header', 'key') ?? '').toLowerCase(),
    render(textAt(option, 'header', 'value') ?? '', subject, '') ?? '',
  ])

const throughListener = (index: WaypointIndex, name: string, leaving: Leaving, depth: number): TunnelHop => {
  const listener = index.listeners.get(name)?.config
  if (listener === undefined) return broken(`no listener ${name}`)
  const connection = restoreDestination(listener, internalConnection(name, leaving))
  const filters = objectsAt(objectsAt(listener, 'filter_chains')[0], 'filters')
  const proxy = filters.find(filter => typeOf(filter).endsWith('.TcpProxy'))
  const cluster = index.clusters.get(textAt(proxy, 'typed_config', 'cluster') ?? '')
  if (cluster === undefined) return broken(`no cluster of ${name}`)
  const state = setState(filters, connection)
  const dial = dialOfSetDstAddress(listener, connection)
  const told = { cluster: cluster.config, connection, state, metadata: new Map<string, EnvoyJson>() }
  const next = leave(index, dial === undefined ? told : { ...told, dial }, depth + 1)
  const tunneling = objectAt(proxy, 'typed_config', 'tunneling_config')
  if (tunneling === undefined) return next.kind === 'direct' ? { kind: 'forward', dial: next.dial } : next
  const subject = { connection, headers: new Headers(), metadata: connection.metadata, filterState: state }
  const authority = render(textAt(tunneling, 'hostname') ?? '', subject, '-')
  if (authority === undefined) return broken(`hostname of ${name}`)
  if (connection.local.kind !== 'ip' && authority.startsWith('envoy://')) return broken(`no destination in ${name}`)
  const headers = connectHeaders(tunneling, subject)
  if (next.kind !== 'direct' && next.kind !== 'hbone') return next
  const { dial: far, connectMs } = next
  const own = { kind: 'hbone', dial: far, authority, headers, connectMs } as const
  return next.kind === 'direct' ? own : { ...next, inside: own }
}

const deepest = 8

/** From a cluster to the wire, following internal listeners. */
const leave = (index: WaypointIndex, leaving: Leaving, depth: number): TunnelHop => {
  if (depth > deepest) return broken('internal listeners in a circle')
  const { cluster, connection, state } = leaving
  if (textAt(cluster, 'type') === 'ORIGINAL_DST') {
    const dial = leaving.dial ?? originalDestination(cluster, connection, state)
    return dial === undefined ? broken('no original destination') : directly(printAddress(dial), leaving)
  }
  const located = { config: cluster, pointer: '' }
  const entry = objectsAt(objectsAt(assignmentOf(index, located)?.config, 'endpoints')[0], 'lb_endpoints')[0]
  const next = textAt(entry, 'endpoint', 'address', 'envoy_internal_address', 'server_listener_name')
  return next === undefined ? broken('no endpoint') : throughListener(index, next, leaving, depth)
}

/** How a chosen host is reached: directly, or through internal listeners and tunnels. */
export const wireOf = (index: WaypointIndex, address: Address, leaving: Leaving): TunnelHop =>
  address.kind === 'internal'
    ? throughListener(index, address.listener, leaving, 0)
    : directly(printAddress(address), leaving)
