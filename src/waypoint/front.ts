import { flagAt, numberAt, objectAt, objectsAt, textAt, textsAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import { type Address, canonicalIp, printAddress } from './address.ts'
import { selectChain } from './chain.ts'
import type { Connection, PeerCertificate } from './connection.ts'
import { continuesAfterTimeout, inspect, inspectionTimeout } from './inspect.ts'
import type { Located, WaypointIndex } from './lookup.ts'
import { runChain } from './network.ts'
import type { Ending } from './outcome.ts'
import { ownCertificate, refusedHandshake, sanTexts, tlsOf } from './outer.ts'
import type { InnerTraffic } from './request.ts'
import { typeOf } from './types.ts'
import type { Walk } from './walk.ts'

/** A connection to a listener of a gateway, or one that a sidecar's rules have redirected to it. */
export interface ListenerRequest {
  readonly sourceIp: string
  readonly destination: { readonly ip: string; readonly port: number }
  /** The pod's rules send it to Envoy, which looks for a listener of that direction by the address that was dialled. */
  readonly redirected?: 'OUTBOUND' | 'INBOUND'
  readonly traffic: InnerTraffic
  /** What the client says inside TLS, if Envoy terminates it. */
  readonly inside?: InnerTraffic
  /** The certificate that the client shows in its TLS. */
  readonly peer?: PeerCertificate
}

const sameAddress = (config: EnvoyJson, address: string, port: number): boolean =>
  [objectAt(config, 'address'), ...objectsAt(config, 'additional_addresses').map(each => objectAt(each, 'address'))]
    .map(each => objectAt(each, 'socket_address'))
    .some(socket => canonicalIp(textAt(socket, 'address') ?? '') === address && numberAt(socket, 'port_value') === port)

const isBound = (config: EnvoyJson): boolean =>
  flagAt(config, 'bind_to_port') !== false && flagAt(config, 'deprecated_v1', 'bind_to_port') !== false

const restoresDestination = (config: EnvoyJson): boolean =>
  flagAt(config, 'use_original_dst') === true ||
  objectsAt(config, 'listener_filters').some(filter => typeOf(filter).endsWith('.OriginalDst'))

/** The domains of every virtual host. */
export const domainsOf = ({ dump }: WaypointIndex): readonly (readonly string[])[] =>
  dump.routes.flatMap(({ config }) => objectsAt(config, 'virtual_hosts')).map(host => textsAt(host, 'domains'))

/** The listener of an address: its own, else the one of every address; redirected connections end in the virtual one. */
export const listenerAt = (
  index: WaypointIndex,
  { ip, port }: ListenerRequest['destination'],
  redirected?: ListenerRequest['redirected'],
): Located | undefined => {
  const listeners = [...index.listeners.values()].filter(
    ({ config }) => objectAt(config, 'internal_listener') === undefined,
  )
  const everywhere = ip.includes(':') ? '::' : '0.0.0.0'
  const usable =
    redirected === undefined
      ? listeners.filter(({ config }) => isBound(config))
      : listeners.filter(({ config }) => textAt(config, 'traffic_direction') === redirected)
  const at = (address: string) => usable.find(({ config }) => sameAddress(config, address, port))
  const virtual = redirected === undefined ? undefined : usable.find(({ config }) => restoresDestination(config))
  return at(canonicalIp(ip) ?? ip) ?? at(everywhere) ?? virtual
}

const connectionTo = (listener: Located, { sourceIp, destination }: ListenerRequest): Connection => {
  const remote: Address = { kind: 'ip', ip: canonicalIp(sourceIp) ?? sourceIp, port: 0 }
  return {
    listener: textAt(listener.config, 'name') ?? '',
    local: { kind: 'ip', ip: canonicalIp(destination.ip) ?? destination.ip, port: destination.port },
    remote,
    directRemote: remote,
    serverName: '',
    transportProtocol: 'raw_buffer',
    applicationProtocols: [],
    filterState: new Map(),
    metadata: new Map(),
  }
}

/** The bytes behind the chain's own TLS, or why there are none. */
const decrypted = (
  chain: Located,
  connection: Connection,
  { traffic, inside, peer }: ListenerRequest,
  walk: Walk,
): { readonly connection: Connection; readonly traffic: InnerTraffic } | Ending => {
  const tls = tlsOf(chain.config)
  if (tls === undefined) return { connection, traffic }
  if (traffic.kind !== 'tls') return { kind: 'outerClosed', why: 'plaintext' }
  const refused = refusedHandshake(tls, peer)
  walk.step({
    kind: 'tls',
    accepted: refused === undefined,
    identity: peer?.uris.join(',') ?? '',
    allowed: sanTexts(tls),
    evidence: walk.evidence(chain.pointer),
  })
  if (refused !== undefined) return { kind: 'outerClosed', why: refused }
  const secured = { ...(peer !== undefined && { peer }), local: ownCertificate(walk.index) }
  return { connection: { ...connection, tls: secured }, traffic: inside ?? { kind: 'silent' } }
}

/** From a listener's socket to the ending. */
export const runListener = (walk: Walk, request: ListenerRequest): Ending => {
  const { destination, redirected, traffic } = request
  const listener = listenerAt(walk.index, destination, redirected)
  if (listener === undefined) {
    walk.assume({ kind: 'missing', what: `listener of port ${destination.port}`, assumed: 'none' })
    return { kind: 'closed', flags: [], hosts: [] }
  }
  const arriving = connectionTo(listener, request)
  walk.reached.destination = printAddress(arriving.local)
  walk.step({
    kind: 'listener',
    listener: arriving.listener,
    destination: printAddress(arriving.local),
    source: request.sourceIp,
    evidence: walk.evidence(listener.pointer),
  })
  const { connection, waiting, seen } = inspect(listener.config, arriving, traffic, walk.behaviour)
  for (const look of seen) walk.step({ kind: 'inspect', ...look, evidence: walk.evidence(listener.pointer) })
  if (waiting && !continuesAfterTimeout(listener.config))
    return { kind: 'stalled', timeoutMs: inspectionTimeout(listener.config), afterwards: 'closed' }
  const chain = selectChain(walk, listener, connection)
  if (chain === undefined) return { kind: 'closed', flags: ['NR'], details: 'filter_chain_not_found', hosts: [] }
  walk.reached.filterChain = textAt(chain.config, 'name') ?? ''
  const clear = decrypted(chain, connection, request, walk)
  return 'kind' in clear ? clear : runChain(walk, chain, clear.connection, clear.traffic)
}
