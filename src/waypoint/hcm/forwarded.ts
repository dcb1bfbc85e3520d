import { flagAt, numberAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import { canonicalIp, printIp } from '../address.ts'
import type { Connection } from '../connection.ts'
import type { Headers } from '../headers.ts'

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
  'x-envoy-hedge-on-per-try-timeout',
  'x-envoy-internal',
]

/** The address `trusted` hops from the right of x-forwarded-for; a bad one counts as none. */
const fromForwardedFor = (headers: Headers, trusted: number): string | undefined => {
  const lines = headers.all('x-forwarded-for')
  if (lines.length === 0) return undefined
  const addresses = lines.join(',').split(',')
  const chosen = addresses[addresses.length - 1 - trusted]
  return chosen === undefined ? undefined : canonicalIp(chosen.trim())
}

/** The address that `remote_ip` rules see, without a port (specs/waypoint.md §5.3). */
export const remoteIpOf = (config: EnvoyJson, connection: Connection, headers: Headers): string => {
  const own = printIp(connection.remote)
  if (flagAt(config, 'use_remote_address') === true) return own
  return fromForwardedFor(headers, numberAt(config, 'xff_num_trusted_hops') ?? 0) ?? own
}

/** Without mTLS on this very connection only ALWAYS_FORWARD_ONLY keeps what the client says about certificates. */
const keepsClientCertificate = (config: EnvoyJson, { tls }: Connection): boolean => {
  const mode = textAt(config, 'forward_client_cert_details') ?? 'SANITIZE'
  return mode === 'ALWAYS_FORWARD_ONLY' || (tls?.peer !== undefined && !mode.startsWith('SANITIZE'))
}

/** Headers that every connection manager sets or takes away before routing. */
export const prepareHeaders = (config: EnvoyJson, connection: Connection, headers: Headers): void => {
  for (const name of internalHeaders) headers.remove(name)
  // Envoy answers Expect itself unless it is told to hand it on.
  if (flagAt(config, 'proxy_100_continue') !== true && headers.get('expect')?.toLowerCase() === '100-continue')
    headers.remove('expect')
  if (!keepsClientCertificate(config, connection)) headers.remove('x-forwarded-client-cert')
  const proto = headers.get('x-forwarded-proto')?.toLowerCase()
  const own = connection.tls === undefined ? 'http' : 'https'
  if (proto !== 'http' && proto !== 'https') headers.set('x-forwarded-proto', own)
  if (!headers.has(':scheme')) headers.set(':scheme', headers.get('x-forwarded-proto') ?? own)
  if (flagAt(config, 'generate_request_id') !== false && !headers.has('x-request-id'))
    headers.set('x-request-id', generatedId)
}

/** Stands for the random x-request-id. */
const generatedId = '<generated>'
