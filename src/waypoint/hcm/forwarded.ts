import { flagAt, numberAt, objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import { canonicalIp, inRange, printIp } from '../address.ts'
import type { EnvoyBehaviour } from '../behaviour.ts'
import type { Connection } from '../connection.ts'
import type { Headers } from '../headers.ts'
import { dropHopByHop } from './hop-by-hop.ts'
import { type Detected, detectSender, forwardedBy, type Sender } from './original-ip.ts'
import { dropBadReferer } from './referer.ts'

/** Request headers that only Envoy itself may set; taken from every client that is not internal. */
const internalHeaders = [
  'x-envoy-retriable-status-codes',
  'x-envoy-retriable-header-names',
  'x-envoy-retry-on',
  'x-envoy-retry-grpc-on',
  'x-envoy-max-retries',
  'x-envoy-upstream-alt-stat-name',
  'x-envoy-upstream-rq-timeout-ms',
  'x-envoy-upstream-rq-per-try-timeout-ms',
  'x-envoy-upstream-rq-timeout-alt-response',
  'x-envoy-expected-rq-timeout-ms',
  'x-envoy-force-trace',
  'x-envoy-ip-tags',
  'x-envoy-is-timeout-retry',
  'x-envoy-original-url',
  'x-envoy-hedge-on-per-try-timeout',
  'x-envoy-internal',
]

/** Those that the edge of a trusted network takes from its clients besides. */
const edgeHeaders = [
  'x-envoy-decorator-operation',
  'x-envoy-downstream-service-cluster',
  'x-envoy-downstream-service-node',
  'x-envoy-original-path',
]

export interface ForwardingRules {
  readonly config: EnvoyJson
  readonly behaviour: EnvoyBehaviour
  /** Stands for a client on this very host. */
  readonly ownIp: string
  /** Names that the route table takes from every client that is not internal. */
  readonly internalOnly?: readonly string[]
  /** Names of the proxy for the upstream. */
  readonly node?: { readonly id: string; readonly cluster: string }
}

const usesRemoteAddress = (config: EnvoyJson): boolean => flagAt(config, 'use_remote_address') === true
const trustedHops = (config: EnvoyJson): number => numberAt(config, 'xff_num_trusted_hops') ?? 0

/** specs/waypoint.md §5.3: the connection tells, or x-forwarded-for or an extension where the connection is not trusted to. */
const detect = (
  { config }: ForwardingRules,
  connection: Connection,
  headers: Headers,
): Detected & { readonly sender: Sender } => {
  const own = printIp(connection.remote)
  const hops = trustedHops(config)
  if (usesRemoteAddress(config)) {
    const forwarded = hops > 0 ? forwardedBy(headers, hops - 1)?.ip : undefined
    return { sender: { ip: forwarded ?? own, alone: !headers.has('x-forwarded-for') } }
  }
  const extensions = objectsAt(config, 'original_ip_detection_extensions')
  const { sender = { ip: own, alone: false }, ...rest } =
    extensions.length > 0
      ? detectSender(extensions, connection, headers)
      : { sender: forwardedBy(headers, hops) ?? { ip: own, alone: false } }
  return { sender, ...rest }
}

/** What releases trusted before they asked for explicit ranges. */
const privateRanges = [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['127.0.0.1', 32],
  ['fd00::', 8],
  ['::1', 128],
] as const

const isInternal = ({ config, behaviour }: ForwardingRules, { ip, alone }: Sender): boolean => {
  if (!alone) return false
  const trusted = objectAt(config, 'internal_address_config')
  if (trusted === undefined)
    return behaviour.trustsPrivateAddresses && privateRanges.some(([prefix, length]) => inRange(ip, prefix, length))
  return objectsAt(trusted, 'cidr_ranges').some(range =>
    inRange(ip, textAt(range, 'address_prefix') ?? '', numberAt(range, 'prefix_len') ?? 0),
  )
}

const isLoopback = (ip: string): boolean => ip === '127.0.0.1' || ip === '::1'

/** x-forwarded-for as the upstream gets it: with the peer of this connection behind what was there. */
const appendPeer = ({ config, ownIp }: ForwardingRules, { remote }: Connection, headers: Headers): void => {
  if ((usesRemoteAddress(config) && flagAt(config, 'skip_xff_append') === true) || remote.kind !== 'ip') return
  headers.add('x-forwarded-for', isLoopback(remote.ip) ? ownIp : remote.ip)
}

/** Without mTLS on this very connection only ALWAYS_FORWARD_ONLY keeps what the client says about certificates. */
const keepsClientCertificate = (config: EnvoyJson, { tls }: Connection): boolean => {
  const mode = textAt(config, 'forward_client_cert_details') ?? 'SANITIZE'
  return mode === 'ALWAYS_FORWARD_ONLY' || (tls?.peer !== undefined && !mode.startsWith('SANITIZE'))
}

const setScheme = ({ config }: ForwardingRules, { tls }: Connection, headers: Headers): void => {
  const own = tls === undefined ? 'http' : 'https'
  const trusted = !usesRemoteAddress(config) || trustedHops(config) > 0
  if (!trusted || !headers.has('x-forwarded-proto')) headers.set('x-forwarded-proto', own)
  const said = headers.get('x-forwarded-proto')?.toLowerCase()
  const overwritten = textAt(config, 'scheme_header_transformation', 'scheme_to_overwrite')
  if (overwritten !== undefined) for (const name of ['x-forwarded-proto', ':scheme']) headers.set(name, overwritten)
  if (!headers.has(':scheme')) headers.set(':scheme', said === 'http' || said === 'https' ? said : own)
}

const setPort = ({ config }: ForwardingRules, { local }: Connection, headers: Headers): void => {
  if (flagAt(config, 'append_x_forwarded_port') !== true || local.kind !== 'ip') return
  const trusted = !usesRemoteAddress(config) || trustedHops(config) > 0
  if (!trusted || !headers.has('x-forwarded-port')) headers.set('x-forwarded-port', `${local.port}`)
}

/** Stands for the random x-request-id. */
const generatedId = '<generated>'

const setRequestId = (config: EnvoyJson, edge: boolean, headers: Headers): void => {
  if (flagAt(config, 'generate_request_id') === false) return
  const kept =
    (headers.get('x-request-id') ?? '') !== '' && (!edge || flagAt(config, 'preserve_external_request_id') === true)
  if (!kept) headers.set('x-request-id', generatedId)
}

const setUserAgent = ({ config, node }: ForwardingRules, headers: Headers): void => {
  if (flagAt(config, 'add_user_agent') !== true || node === undefined) return
  headers.set('x-envoy-downstream-service-cluster', node.cluster)
  if ((headers.get('user-agent') ?? '') === '') headers.set('user-agent', node.cluster)
  headers.set('x-envoy-downstream-service-node', node.id)
}

/** Who sent a request, or the status with which it is refused since nobody can tell. */
export type Admission = Sender | { readonly refusal: number }

/** Sets and takes away what every connection manager does before routing. */
export const admitHeaders = (rules: ForwardingRules, connection: Connection, headers: Headers): Admission => {
  const { config, internalOnly = [] } = rules
  const { sender, refusal, appends } = detect(rules, connection, headers)
  if (refusal !== undefined) return { refusal }
  const internal = isInternal(rules, sender)
  const edge = usesRemoteAddress(config) && !internal
  dropHopByHop(headers)
  dropBadReferer(headers)
  if (usesRemoteAddress(config) || appends === true) appendPeer(rules, connection, headers)
  setScheme(rules, connection, headers)
  setPort(rules, connection, headers)
  if (internal) headers.set('x-envoy-internal', 'true')
  else for (const name of [...internalHeaders, ...internalOnly, ...(edge ? edgeHeaders : [])]) headers.remove(name)
  setUserAgent(rules, headers)
  if (edge && canonicalIp(sender.ip) !== undefined) headers.set('x-envoy-external-address', sender.ip)
  // Envoy answers Expect itself unless it is told to hand it on.
  if (flagAt(config, 'proxy_100_continue') !== true && headers.get('expect')?.toLowerCase() === '100-continue')
    headers.remove('expect')
  if (!keepsClientCertificate(config, connection)) headers.remove('x-forwarded-client-cert')
  const via = textAt(config, 'via') ?? ''
  if (via !== '') headers.set('via', [...headers.all('via'), via].join(', '))
  setRequestId(config, edge, headers)
  return sender
}
