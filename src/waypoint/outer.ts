import { objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { Address } from './address.ts'
import { canonicalIp } from './address.ts'
import { selectChain } from './chain.ts'
import type { Connection, PeerCertificate } from './connection.ts'
import type { Exchange } from './exchange.ts'
import { managedExchange, serveExchange } from './hcm/connection-manager.ts'
import { Headers } from './headers.ts'
import { runInner } from './inner.ts'
import type { Located, WaypointIndex } from './lookup.ts'
import { stringMatches } from './match/string.ts'
import { connectionManagerType } from './network.ts'
import { networkFilterOf } from './network-filters/registry.ts'
import type { Ending } from './outcome.ts'
import { localReply } from './reply.ts'
import type { OuterTraffic, WaypointRequest } from './request.ts'
import { typeOf } from './types.ts'
import type { Walk } from './walk.ts'

const hbonePort = 15008

/** The listener of port 15008. */
export const outerListener = (index: WaypointIndex): Located | undefined =>
  index.listeners.get('connect_terminate') ??
  [...index.listeners.values()].find(
    ({ config }) => objectAt(config, 'address', 'socket_address')?.port_value === hbonePort,
  )

/** The TLS that a chain terminates, if it does. */
export const tlsOf = (chain: EnvoyJson): EnvoyJson | undefined => {
  const config = objectAt(chain, 'transport_socket', 'typed_config')
  return textAt(config, '@type')?.endsWith('.DownstreamTlsContext') === true ? config : undefined
}

const validationOf = (tls: EnvoyJson): EnvoyJson | undefined =>
  objectAt(tls, 'common_tls_context', 'combined_validation_context', 'default_validation_context') ??
  objectAt(tls, 'common_tls_context', 'validation_context')

const bySanType: Readonly<Record<string, (peer: PeerCertificate) => readonly string[]>> = {
  URI: ({ uris }) => uris,
  DNS: ({ dns }) => dns,
}

const sanMatches = (matcher: EnvoyJson, peer: PeerCertificate): boolean => {
  const type = textAt(matcher, 'san_type')
  const names = type === undefined ? [...peer.uris, ...peer.dns] : (bySanType[type]?.(peer) ?? [])
  return names.some(name => stringMatches(objectAt(matcher, 'matcher') ?? matcher, name) === 'yes')
}

const sanMatchers = (tls: EnvoyJson): readonly EnvoyJson[] => {
  const validation = validationOf(tls)
  return [
    ...objectsAt(validation, 'match_typed_subject_alt_names'),
    ...objectsAt(validation, 'match_subject_alt_names'),
  ]
}

/** The names of which a peer must have one. */
export const sanTexts = (tls: EnvoyJson): readonly string[] =>
  sanMatchers(tls).map(matcher => JSON.stringify(objectAt(matcher, 'matcher') ?? matcher))

type OuterClosed = Extract<Ending, { kind: 'outerClosed' }>

/** Why the handshake fails, if it does (specs/waypoint.md §1.2). */
export const refusedHandshake = (tls: EnvoyJson, peer: PeerCertificate | undefined): OuterClosed['why'] | undefined => {
  if (peer === undefined) return tls.require_client_certificate === true ? 'noCertificate' : undefined
  const matchers = sanMatchers(tls)
  return matchers.length === 0 || matchers.some(matcher => sanMatches(matcher, peer)) ? undefined : 'untrustedIdentity'
}

/** The certificate that the proxy of this dump shows, by its node's metadata. */
export const ownCertificate = ({ dump }: WaypointIndex): PeerCertificate => {
  const { namespace, serviceAccount } = dump.subject
  const domain = textAt(dump.bootstrap, 'node', 'metadata', 'MESH_ID') ?? 'cluster.local'
  const known = namespace !== undefined && serviceAccount !== undefined
  return { uris: known ? [`spiffe://${domain}/ns/${namespace}/sa/${serviceAccount}`] : [], dns: [], subject: '' }
}

const localAddress = (index: WaypointIndex): Address => ({
  kind: 'ip',
  ip: canonicalIp(index.dump.subject.ip ?? '') ?? '0.0.0.0',
  port: hbonePort,
})

const connectionOf = (walk: Walk, request: WaypointRequest, tls: EnvoyJson | undefined): Connection => {
  const remote: Address = {
    kind: 'ip',
    ip: canonicalIp(request.sourceIp) ?? request.sourceIp,
    port: request.sourcePort ?? 0,
  }
  return {
    listener: 'connect_terminate',
    local: localAddress(walk.index),
    remote,
    directRemote: remote,
    ...(tls === undefined
      ? {}
      : { tls: { ...(request.peer === undefined ? {} : { peer: request.peer }), local: ownCertificate(walk.index) } }),
    serverName: '',
    transportProtocol: tls === undefined ? 'raw_buffer' : 'tls',
    applicationProtocols: ['h2'],
    filterState: new Map(),
    metadata: new Map(),
  }
}

const headersOf = (traffic: Exclude<OuterTraffic, { kind: 'plaintext' }>): Headers => {
  const method = traffic.kind === 'connect' ? 'CONNECT' : traffic.method
  const pseudo: (readonly [string, string])[] = [[':method', method]]
  if (traffic.authority !== undefined) pseudo.push([':authority', traffic.authority])
  if (traffic.kind === 'request') pseudo.push([':path', traffic.path], [':scheme', 'https'])
  return new Headers([...pseudo, ...traffic.headers])
}

/** Network filters in front of the connection manager that leave something for it. */
const openChain = (walk: Walk, chain: Located, connection: Connection): Connection => {
  const state = new Map(connection.filterState)
  for (const filter of objectsAt(chain.config, 'filters')) {
    const config = objectAt(filter, 'typed_config') ?? {}
    networkFilterOf(typeOf(filter))?.onOpen?.({ walk, connection, state, config })
  }
  return { ...connection, filterState: state }
}

const outerReply = (ending: Ending): Ending => {
  if (ending.kind === 'reply') return { ...ending, kind: 'outerReply' }
  return ending
}

type Forwarded = Extract<Ending, { kind: 'forwarded' }>

const innerListenerOf = ({ hosts }: Forwarded): string | undefined => {
  const found = /^envoy:\/\/([^/]+)\//.exec(hosts[0]?.upstreamHost ?? '')
  return found?.[1]
}

const terminate = (walk: Walk, exchange: Exchange, forwarded: Forwarded, traffic: OuterTraffic): Ending => {
  const listener = innerListenerOf(forwarded)
  if (traffic.kind !== 'connect' || listener === undefined) return forwarded
  delete walk.reached.route
  delete walk.reached.cluster
  const ending = runInner(walk, listener, exchange.filterState, traffic.inner)
  // The connection manager of CONNECT makes this reply, as any other.
  return ending.kind === 'outerReply' ? { ...ending, ...localReply(exchange, ending), kind: ending.kind } : ending
}

/** From port 15008 to the ending: handshake, CONNECT, inner connection. */
export const runOuter = (walk: Walk, request: WaypointRequest, listener: Located): Ending => {
  const { traffic } = request
  const chain = selectChain(walk, listener, connectionOf(walk, request, undefined))
  if (chain === undefined) return { kind: 'closed', flags: ['NR'], details: 'filter_chain_not_found', hosts: [] }
  const tls = tlsOf(chain.config)
  if (traffic.kind === 'plaintext') return { kind: 'outerClosed', why: 'plaintext' }
  if (tls !== undefined) {
    const refused = refusedHandshake(tls, request.peer)
    const identity = request.peer?.uris.join(',') ?? ''
    walk.step({
      kind: 'tls',
      accepted: refused === undefined,
      identity,
      allowed: sanTexts(tls),
      evidence: walk.evidence(chain.pointer),
    })
    if (refused !== undefined) return { kind: 'outerClosed', why: refused }
  }
  if (traffic.authority === undefined)
    return { kind: 'outerClosed', why: 'protocolError', details: 'http2.violation.of.messaging.rule' }
  const connection = openChain(walk, chain, connectionOf(walk, request, tls))
  const filters = objectsAt(chain.config, 'filters')
  const index = filters.findIndex(filter => typeOf(filter) === connectionManagerType)
  const config = objectAt(filters[index], 'typed_config')
  if (config === undefined) {
    walk.assume({ kind: 'missing', what: 'HTTP connection manager of port 15008', assumed: 'none' })
    return { kind: 'closed', flags: [], hosts: [] }
  }
  const manager = { config, pointer: `${chain.pointer}/filters/${index}/typed_config` }
  const exchange = managedExchange(walk, manager, connection, { version: '2', headers: headersOf(traffic) })
  const ending = serveExchange({ walk, exchange, manager })
  return ending.kind === 'forwarded' ? terminate(walk, exchange, ending, traffic) : outerReply(ending)
}
