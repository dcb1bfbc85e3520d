import { flagAt, numberAt, objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import { canonicalIp, inRange, printIp } from '../address.ts'
import type { Connection } from '../connection.ts'
import type { Headers } from '../headers.ts'
import { typeOf } from '../types.ts'

/** Who sent a request, as far as the connection manager trusts what it says. */
export interface Sender {
  /** The address that `remote_ip` rules see, without a port. */
  readonly ip: string
  /** Said by the only entry of x-forwarded-for, or by the connection where nothing was forwarded before. */
  readonly alone: boolean
}

/** What extensions say of the sender: nothing where none of them knows one. */
export interface Detected {
  readonly sender?: Sender
  /** The status with which one of them refuses the request. */
  readonly refusal?: number
  /** The peer of this connection is put behind x-forwarded-for. */
  readonly appends?: true
}

const forwardedEntries = (headers: Headers): readonly string[] =>
  headers
    .all('x-forwarded-for')
    .flatMap(line => line.split(','))
    .map(entry => entry.trim())

/** The entry of x-forwarded-for that has `trusted` others behind it; a bad one counts as none. */
export const forwardedBy = (headers: Headers, trusted: number): Sender | undefined => {
  const entries = forwardedEntries(headers)
  const ip = canonicalIp(entries[entries.length - 1 - trusted] ?? '')
  return ip === undefined ? undefined : { ip, alone: entries.length === 1 && trusted === 0 }
}

/** Names of statuses as Envoy prints them; one that is no error counts as 403. */
const statuses: Readonly<Record<string, number>> = {
  BadRequest: 400,
  Unauthorized: 401,
  PaymentRequired: 402,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  RequestTimeout: 408,
  Conflict: 409,
  Gone: 410,
  PreconditionFailed: 412,
  ExpectationFailed: 417,
  MisdirectedRequest: 421,
  UnprocessableEntity: 422,
  TooManyRequests: 429,
  InternalServerError: 500,
  NotImplemented: 501,
  BadGateway: 502,
  ServiceUnavailable: 503,
  GatewayTimeout: 504,
}

const byHeader = (config: EnvoyJson, headers: Headers): Detected => {
  const ip = canonicalIp(headers.get(textAt(config, 'header_name') ?? '') ?? '')
  if (ip !== undefined)
    return { sender: { ip, alone: flagAt(config, 'allow_extension_to_set_address_as_trusted') === true } }
  const refusal = objectAt(config, 'reject_with_status')
  return refusal === undefined ? {} : { refusal: statuses[textAt(refusal, 'code') ?? ''] ?? 403 }
}

const isTrusted = (ip: string, ranges: readonly EnvoyJson[]): boolean =>
  ranges.some(range => inRange(ip, textAt(range, 'address_prefix') ?? '', numberAt(range, 'prefix_len') ?? 0))

/** The last entry that is no trusted proxy, else the first one; nothing once an entry is no address. */
const beforeProxies = (headers: Headers, ranges: readonly EnvoyJson[]): Sender | undefined => {
  let known: string | undefined
  for (const entry of forwardedEntries(headers).toReversed()) {
    known = canonicalIp(entry)
    if (known === undefined || !isTrusted(known, ranges)) break
  }
  return known === undefined ? undefined : { ip: known, alone: false }
}

const byForwardedFor = (config: EnvoyJson, { remote }: Connection, headers: Headers): Detected => {
  const ranges = objectsAt(config, 'xff_trusted_cidrs', 'cidrs')
  const appends = flagAt(config, 'skip_xff_append') === false ? ({ appends: true } as const) : {}
  if (ranges.length > 0 && !isTrusted(printIp(remote), ranges)) return appends
  const sender =
    ranges.length > 0 && flagAt(config, 'xff_trusted_cidrs', 'recurse') !== false
      ? beforeProxies(headers, ranges)
      : forwardedBy(headers, ranges.length > 0 ? 0 : (numberAt(config, 'xff_num_trusted_hops') ?? 0))
  return { ...appends, ...(sender === undefined ? {} : { sender }) }
}

/** The first extension that knows the sender, or refuses the request, tells. */
export const detectSender = (extensions: readonly EnvoyJson[], connection: Connection, headers: Headers): Detected => {
  let appends = false
  for (const extension of extensions) {
    const config = objectAt(extension, 'typed_config') ?? {}
    const detected = typeOf(extension).endsWith('.CustomHeaderConfig')
      ? byHeader(config, headers)
      : byForwardedFor(config, connection, headers)
    appends ||= detected.appends === true
    if (detected.refusal !== undefined) return detected
    if (detected.sender !== undefined) return { ...detected, ...(appends ? { appends } : {}) }
  }
  return appends ? { appends } : {}
}
