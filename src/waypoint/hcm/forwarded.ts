import { flagAt, numberAt, objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import { canonicalIp, inRange, printIp } from '../address.ts'
import type { EnvoyBehaviour } from '../behaviour.ts'
import type { Connection } from '../connection.ts'
import type { Headers } from '../headers.ts'
import { dropHopByHop } from './hop-by-hop.ts'

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
}

/** Who sent a request, as far as the connection manager trusts what it says. */
interface Sender {
  /** The address that `remote_ip` rules see, without a port. */
  readonly ip: string
  /** Said by the only entry of x-forwarded-for, or by the connection where nothing was forwarded before. */
  readonly alone: boolean
}

/** The entry of x-forwarded-for that has `trusted` others behind it; a bad one counts as none. */
const forwardedBy = (headers: Headers, trusted: number): Sender | undefined => {
  const lines = headers.all('x-forwarded-for')
  if (lines.length === 0) return undefined
  const entries = lines.join(',').split(',')
  const ip = canonicalIp(entries[entries.length - 1 - trusted]?.trim() ?? '')
  return ip === undefined ? undefined : { ip, alone: entries.length === 1 && trusted === 0 }
}

const usesRemoteAddress = (config: EnvoyJson): boolean => flagAt(config, 'use_remote_address') === true
const trustedHops = (config: EnvoyJson): number => numberAt(config, 'xff_num_trusted_hops') ?? 0

/** specs/waypoint.md §5.3: the connection tells, or x-forwarded-for where the connection is not trusted to. */
const senderOf = ({ config }: ForwardingRules, connection: Connection, headers: Headers): Sender => {
  const own = printIp(connection.remote)
  const hops = trustedHops(config)
  if (!usesRemoteAddress(config)) return forwardedBy(headers, hops) ?? { ip: own, alone: false }
  const forwarded = hops > 0 ? forwardedBy(headers, hops - 1)?.ip : undefined
  return { ip: forwarded ?? own, alone: !headers.has('x-forwarded-for') }
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
  if (flagAt(config, 'skip_xff_append') === true || remote.kind !== 'ip') return
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
  const kept = headers.has('x-request-id') && (!edge || flagAt(config, 'preserve_external_request_id') === true)
  if (!kept) headers.set('x-request-id', generatedId)
}

/** Sets and takes away what every connection manager does before routing; answers with the address of the sender. */
export const admitHeaders = (rules: ForwardingRules, connection: Connection, headers: Headers): string => {
  const { config } = rules
  const sender = senderOf(rules, connection, headers)
  const internal = isInternal(rules, sender)
  const edge = usesRemoteAddress(config) && !internal
  dropHopByHop(headers)
  if (usesRemoteAddress(config)) appendPeer(rules, connection, headers)
  setScheme(rules, connection, headers)
  setPort(rules, connection, headers)
  if (internal) headers.set('x-envoy-internal', 'true')
  else for (const name of edge ? [...internalHeaders, ...edgeHeaders] : internalHeaders) headers.remove(name)
  if (edge && canonicalIp(sender.ip) !== undefined) headers.set('x-envoy-external-address', sender.ip)
  // Envoy answers Expect itself unless it is told to hand it on.
  if (flagAt(config, 'proxy_100_continue') !== true && headers.get('expect')?.toLowerCase() === '100-continue')
    headers.remove('expect')
  if (!keepsClientCertificate(config, connection)) headers.remove('x-forwarded-client-cert')
  const via = textAt(config, 'via') ?? ''
  if (via !== '') headers.set('via', [...headers.all('via'), via].join(', '))
  setRequestId(config, edge, headers)
  return sender.ip
}
