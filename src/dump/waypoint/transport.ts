import { entriesAt, flagAt, member, objectAt, objectsAt, textAt, textsAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import { scalarText } from './words/scalar.ts'
import { stringMatchText } from './words/string-match.ts'

/** What lies around the bytes to an upstream, outermost first. */
export interface TransportFacts {
  /** `internal`, `proxy-protocol`, `tls`, `plain` or the name of an unknown socket. */
  readonly layers: readonly string[]
  readonly tls?: TlsFacts
}

export interface TlsFacts {
  readonly sni: string
  readonly alpn: readonly string[]
  /** SDS secrets of the own certificate. */
  readonly certificates: readonly string[]
  readonly trust: string
  /** What the peer's certificate must say; any one suffices. */
  readonly peerNames: readonly string[]
}

const layerNames: readonly (readonly [ending: string, layer: string])[] = [
  ['.InternalUpstreamTransport', 'internal'],
  ['.ProxyProtocolUpstreamTransport', 'proxy-protocol'],
  ['.UpstreamTlsContext', 'tls'],
  ['.DownstreamTlsContext', 'tls'],
  ['.RawBuffer', 'plain'],
]

export const transportOf = (socket: EnvoyJson | undefined): TransportFacts => {
  if (socket === undefined) return { layers: ['plain'] }
  const config = objectAt(socket, 'typed_config')
  const type = textAt(config, '@type') ?? ''
  const layer = layerNames.find(([ending]) => type.endsWith(ending))?.[1] ?? textAt(socket, 'name') ?? type
  if (layer === 'tls') return { layers: ['tls'], tls: tlsOf(config) }
  const inner = objectAt(config, 'transport_socket')
  if (inner === undefined) return { layers: [layer] }
  const below = transportOf(inner)
  return { ...below, layers: [layer, ...below.layers] }
}

const tlsOf = (context: unknown): TlsFacts => {
  const common = objectAt(context, 'common_tls_context')
  const combined = objectAt(common, 'combined_validation_context')
  const validation = objectAt(combined, 'default_validation_context') ?? objectAt(common, 'validation_context')
  const trust =
    textAt(combined, 'validation_context_sds_secret_config', 'name') ??
    textAt(common, 'validation_context_sds_secret_config', 'name') ??
    (objectAt(validation, 'trusted_ca') === undefined ? '' : (textAt(validation, 'trusted_ca', 'filename') ?? 'inline'))
  return {
    sni: textAt(context, 'sni') ?? '',
    alpn: textsAt(common, 'alpn_protocols'),
    certificates: objectsAt(common, 'tls_certificate_sds_secret_configs').map(secret => textAt(secret, 'name') ?? ''),
    trust,
    peerNames: [
      ...objectsAt(validation, 'match_typed_subject_alt_names').map(san => stringMatchText(member(san, 'matcher'))),
      ...objectsAt(validation, 'match_subject_alt_names').map(stringMatchText),
    ],
  }
}

/** `internal+tls(h2, sni x, certificate default, peer spiffe://…)` */
const transportText = ({ layers, tls }: TransportFacts): string => {
  if (tls === undefined) return layers.join('+')
  const details = [
    ...tls.alpn,
    ...(tls.sni === '' ? [] : [`sni ${tls.sni}`]),
    ...tls.certificates.map(name => `certificate ${name}`),
    tls.trust === '' ? 'peer not verified' : `trust ${tls.trust}`,
    ...(tls.peerNames.length === 0 ? [] : [`peer ${tls.peerNames.join(' or ')}`]),
  ]
  return `${layers.join('+')}(${details.join(', ')})`
}

/** The socket of a cluster; where endpoints choose one by metadata, all of them. */
export const clusterTransport = (cluster: EnvoyJson): string => {
  const standard = transportText(transportOf(objectAt(cluster, 'transport_socket')))
  const matches = objectsAt(cluster, 'transport_socket_matches').map(match => {
    const keys = entriesOf(match)
    return `${keys === '' ? 'else' : keys}: ${transportText(transportOf(objectAt(match, 'transport_socket')))}`
  })
  return matches.length === 0 ? standard : matches.join('; ')
}

const entriesOf = (match: EnvoyJson): string =>
  Object.entries(objectAt(match, 'match') ?? {})
    .map(([key, value]) => `${key}=${scalarText(value)}`)
    .join(',')

/** `http2`, `http1`, `as downstream`: what HTTP version the cluster speaks. */
export const clusterProtocol = (cluster: EnvoyJson): string => {
  const options = entriesAt(cluster, 'typed_extension_protocol_options').map(([, option]) => option)
  if (options.some(option => objectAt(option, 'explicit_http_config', 'http2_protocol_options') !== undefined)) {
    const connect = options.some(
      option => flagAt(option, 'explicit_http_config', 'http2_protocol_options', 'allow_connect') === true,
    )
    return connect ? 'http2 CONNECT' : 'http2'
  }
  if (options.some(option => objectAt(option, 'use_downstream_protocol_config') !== undefined)) return 'as downstream'
  if (options.some(option => objectAt(option, 'auto_config') !== undefined)) return 'by ALPN'
  return objectAt(cluster, 'http2_protocol_options') === undefined ? 'http1' : 'http2'
}
