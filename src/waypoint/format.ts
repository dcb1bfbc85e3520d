import { member } from '#decode/json/member.ts'
import { printAddress, printIp } from './address.ts'
import type { Connection, FilterStateObject, PeerCertificate } from './connection.ts'
import type { Headers } from './headers.ts'
import type { Metadata } from './match/metadata.ts'

/** What a substitution format can look at. */
export interface FormatSubject {
  readonly connection: Connection
  readonly headers: Headers
  readonly metadata: Metadata
  readonly filterState: ReadonlyMap<string, FilterStateObject>
  readonly protocol?: string
  readonly cluster?: string
  readonly route?: string
  /** What is being answered. */
  readonly reply?: { readonly status: number; readonly body: string; readonly details: string }
}

/** `undefined`: there is no such value; `unknown`: the operator is not modelled. */
type Value = string | undefined | typeof unknown
const unknown = Symbol('unknown')

const uriSans = (certificate: PeerCertificate | undefined): string | undefined =>
  certificate === undefined || certificate.uris.length === 0 ? undefined : certificate.uris.join(',')

const printed = (value: unknown): string | undefined => {
  if (value === undefined || value === null) return undefined
  return typeof value === 'string' ? value : JSON.stringify(value)
}

const requestHeader = (headers: Headers, names: string): string | undefined =>
  names
    .split('?')
    .map(name => headers.get(name))
    .find(value => value !== undefined)

/** The only CEL that istiod writes: an address set earlier, else the service's own (specs/waypoint.md §1.3). */
const keyOrLiteral = /^'([^']+)' in filter_state \? filter_state\['\1'\] ?: ?r?'([^']*)'$/

const celValue = (expression: string, { filterState }: FormatSubject): Value => {
  const found = keyOrLiteral.exec(expression)
  return found === null ? unknown : (filterState.get(found[1] ?? '')?.text ?? found[2])
}

const operators: Readonly<Record<string, (argument: string, subject: FormatSubject) => Value>> = {
  REQ: (names, { headers }) => requestHeader(headers, names),
  DOWNSTREAM_REMOTE_ADDRESS: (_, { connection }) => printAddress(connection.remote),
  DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT: (_, { connection }) => printIp(connection.remote),
  DOWNSTREAM_LOCAL_ADDRESS: (_, { connection }) => printAddress(connection.local),
  DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT: (_, { connection }) => printIp(connection.local),
  DOWNSTREAM_LOCAL_PORT: (_, { connection: { local } }) => (local.kind === 'ip' ? `${local.port}` : undefined),
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
  ROUTE_NAME: (_, { route }) => route,
  RESPONSE_CODE: (_, { reply }) => (reply === undefined ? unknown : `${reply.status}`),
  RESPONSE_CODE_DETAILS: (_, { reply }) => (reply === undefined ? unknown : reply.details),
  LOCAL_REPLY_BODY: (_, { reply }) => (reply === undefined ? unknown : reply.body),
}

const operator = /%%|%([A-Z_]+)(?:\(((?:[^()]|\([^()]*\))*)\))?(?::(\d+))?%/g

/** Renders a format; `missing` stands for values that do not exist, `undefined` is returned for unmodelled operators. */
export const render = (format: string, subject: FormatSubject, missing: string): string | undefined => {
  let modelled = true
  const text = format.replace(operator, (found, name?: string, argument?: string, length?: string) => {
    if (name === undefined) return found === '%%' ? '%' : found
    const value = operators[name] === undefined ? unknown : operators[name](argument ?? '', subject)
    if (value === unknown) {
      modelled = false
      return missing
    }
    const shown = value === undefined || value === '' ? missing : value
    return length === undefined ? shown : shown.slice(0, Number(length))
  })
  return modelled ? text : undefined
}
