import { member } from '#decode/json/member.ts'
import { printAddress, printIp } from './address.ts'
import type { Connection, FilterStateObject, PeerCertificate } from './connection.ts'
import type { LocalReply } from './exchange.ts'
import { Headers } from './headers.ts'
import type { Metadata } from './match/metadata.ts'

/** What a substitution format can look at. */
export interface FormatSubject {
  readonly connection: Connection
  readonly headers: Headers
  readonly metadata: Metadata
  readonly filterState: ReadonlyMap<string, FilterStateObject>
  readonly protocol?: string
  /** As statistics and logs call it (`alt_stat_name`). */
  readonly cluster?: string
  readonly clusterName?: string
  readonly route?: string
  /** What is being answered; `unanswered` for a request on its way. */
  readonly reply?: LocalReply
}

/** What Envoy knows of the answer when it changes a request (measured on 1.36.4 and 1.40.0). */
export const unanswered = (flags: readonly string[]): LocalReply => ({ status: 0, details: '', flags, attempts: 1 })

/** `undefined`: there is no such value; `unknown`: the operator is not modelled. */
type Value = string | number | undefined | typeof unknown
const unknown = Symbol('unknown')

const uriSans = (certificate: PeerCertificate | undefined): string | undefined =>
  certificate === undefined || certificate.uris.length === 0 ? undefined : certificate.uris.join(',')

const printed = (value: unknown): string | undefined => {
  if (value === undefined || value === null) return undefined
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The value under the first of `A?B` that has one. */
const firstOf = (names: string, read: (name: string) => string | undefined): string | undefined =>
  names
    .split('?')
    .map(name => read(name.toLowerCase()))
    .find(value => value !== undefined)

/** The only CEL that istiod writes: an address set earlier, else the service's own (specs/waypoint.md §1.3). */
const keyOrLiteral = /^'([^']+)' in filter_state \? filter_state\['\1'\] ?: ?r?'([^']*)'$/

const celValue = (expression: string, { filterState }: FormatSubject): Value => {
  const found = keyOrLiteral.exec(expression)
  return found === null ? unknown : (filterState.get(found[1] ?? '')?.text ?? found[2])
}

type Operators<Subject> = Readonly<Record<string, (argument: string, subject: Subject) => Value>>

/** Operators that have a value only where something is answered. */
const ofReply = (own: Operators<LocalReply>): Operators<FormatSubject> =>
  Object.fromEntries(
    Object.entries(own).map(([name, value]) => [
      name,
      (argument: string, { reply }: FormatSubject) => (reply === undefined ? unknown : value(argument, reply)),
    ]),
  )

const operators: Operators<FormatSubject> = {
  REQ: (names, { headers }) => firstOf(names, name => headers.get(name)),
  DOWNSTREAM_REMOTE_ADDRESS: (_, { connection }) => printAddress(connection.remote),
  DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT: (_, { connection }) => printIp(connection.remote),
  DOWNSTREAM_LOCAL_ADDRESS: (_, { connection }) => printAddress(connection.local),
  DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT: (_, { connection }) => printIp(connection.local),
  DOWNSTREAM_LOCAL_PORT: (_, { connection: { local } }) => (local.kind === 'ip' ? local.port : ''),
  DOWNSTREAM_DIRECT_REMOTE_ADDRESS: (_, { connection }) => printAddress(connection.directRemote),
  DOWNSTREAM_PEER_URI_SAN: (_, { connection: { tls } }) => uriSans(tls?.peer),
  DOWNSTREAM_LOCAL_URI_SAN: (_, { connection: { tls } }) => uriSans(tls?.local),
  FILTER_STATE: (argument, { filterState }) => filterState.get(argument.split(':')[0] ?? '')?.text,
  DYNAMIC_METADATA: (path, { metadata }) => {
    const [namespace = '', ...keys] = path.split(':')
    return printed(member(metadata.get(namespace), ...keys))
  },
  CEL: celValue,
  PROTOCOL: (_, { protocol }) => protocol,
  REQUESTED_SERVER_NAME: (_, { connection: { serverName } }) => (serverName === '' ? undefined : serverName),
  UPSTREAM_CLUSTER: (_, { cluster }) => cluster,
  UPSTREAM_CLUSTER_RAW: (_, { clusterName }) => clusterName,
  PATH: (form, { headers }) => (form !== '' || headers.has('x-envoy-original-path') ? unknown : headers.get(':path')),
  ROUTE_NAME: (_, { route }) => (route === '' ? undefined : route),
  ...ofReply({
    RESPONSE_CODE: (_, { status }) => status,
    RESPONSE_CODE_DETAILS: (_, { details }) => details,
    RESPONSE_FLAGS: (_, { flags = [] }) => (flags.length === 0 ? '-' : flags.join(',')),
    LOCAL_REPLY_BODY: (_, { body = '' }) => body,
    UPSTREAM_REQUEST_ATTEMPT_COUNT: (_, { attempts = 0 }) => attempts,
    RESP: (names, { headers = [], status }) =>
      firstOf(names, name => (name === ':status' && status !== 0 ? `${status}` : new Headers(headers).get(name))),
  }),
}

const operator = /%%|%([A-Z0-9_]+)(?:\(((?:[^()]|\([^()]*\))*)\))?(?::(\d+))?%/g

/** One operator or `%%`, and nothing else. */
const alone = new RegExp(`^(?:${operator.source})$`)

type Operator = readonly [found: string, name?: string, argument?: string, length?: string]

const evaluate = ([found, name, argument, length]: Operator, subject: FormatSubject): Value => {
  if (name === undefined) return found === '%%' ? '%' : found
  const value = operators[name] === undefined ? unknown : operators[name](argument ?? '', subject)
  return typeof value === 'string' && length !== undefined ? value.slice(0, Number(length)) : value
}

const written = (
  format: string,
  subject: FormatSubject,
  missing: string,
  unmodelled: (found: string) => string,
): string =>
  format.replace(operator, (...matched) => {
    const value = evaluate(matched as unknown as Operator, subject)
    return value === unknown ? unmodelled(matched[0]) : `${value ?? missing}`
  })

/** Renders a format; `missing` stands for values that do not exist, `undefined` is returned for unmodelled operators. */
export const render = (format: string, subject: FormatSubject, missing: string): string | undefined => {
  let modelled = true
  const text = written(format, subject, missing, () => {
    modelled = false
    return missing
  })
  return modelled ? text : undefined
}

/** Renders a format for people: an operator that is not modelled stays as it is written. */
export const renderAll = (format: string, subject: FormatSubject, missing: string): string =>
  written(format, subject, missing, found => found)

/** The value of one operator, with its type, as a format of JSON writes it; other text is rendered. */
export const renderJson = (format: string, subject: FormatSubject, missing: string): string | number | null => {
  const only = alone.exec(format)
  if (only === null) return renderAll(format, subject, missing)
  const value = evaluate(only as unknown as Operator, subject)
  return value === unknown ? format : (value ?? null)
}
