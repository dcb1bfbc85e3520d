import { flagAt, numberAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { EnvoyBehaviour } from '../behaviour.ts'
import { Headers } from '../headers.ts'
import type { HeaderList, InnerHttp } from '../request.ts'
import type { CodecError, CodecResult } from './codec-result.ts'
import { fateOf, hostCharacters, maxBytes, maxHeaders, token } from './codec-result.ts'
import { framingError, hasPlainLength, valuesOf } from './framing.ts'
import { dropHttp2Upgrade, dropNominated } from './hop-by-hop.ts'
import { isTarget, readTarget } from './target.ts'

/** Methods of the HTTP/1 codec; anything else is a codec error. */
export const knownMethods = new Set(
  (
    'ACL BIND CHECKOUT CONNECT COPY DELETE GET HEAD LINK LOCK MERGE MKACTIVITY MKCALENDAR MKCOL MOVE MSEARCH M-SEARCH ' +
    'NOTIFY OPTIONS PATCH POST PROPFIND PROPPATCH PURGE PUT REBIND REPORT SEARCH SOURCE SUBSCRIBE TRACE UNBIND UNLINK ' +
    'UNLOCK UNSUBSCRIBE'
  ).split(' '),
)

const bad = (details: string): CodecError => ({ kind: 'error', status: 400, details, body: 'Bad Request' })
export const codecError = bad('http1.codec_error')
const lowVersion: CodecError = { kind: 'error', status: 426, details: 'low_version', body: 'Upgrade Required' }
const httpsInClear: CodecError = {
  kind: 'error',
  status: 403,
  details: 'http1.https_url_on_plaintext_connection',
  body: 'Forbidden',
}
const notImplemented = (details: string): CodecError => ({
  kind: 'error',
  status: 501,
  details,
  body: 'Not Implemented',
})
export const tooLarge = (details: string): CodecError => ({
  kind: 'error',
  status: 431,
  details,
  body: 'Request Header Fields Too Large',
})

const acceptsHttp10 = (config: EnvoyJson): boolean => flagAt(config, 'http_protocol_options', 'accept_http_10') === true

/** Several names of a host become one line, as values of any header that has one line. */
const hostLine = ({ authority, headers }: InnerHttp): HeaderList => {
  const names = [...(authority === undefined ? [] : [authority]), ...valuesOf(headers, 'host')]
  return names.length === 0 ? [] : [[':authority', names.filter(name => name !== '').join(',')]]
}

/** A request as it is written, before its body. */
const linesOf = ({ method, path, authority, headers }: InnerHttp): readonly string[] => [
  `${method} ${path} HTTP/1.1`,
  ...[['host', authority ?? ''] as const, ...headers].map(([name, value]) => `${name}: ${value}`),
]

const rawSize = (lines: readonly string[]): number =>
  lines.reduce((sum, line) => sum + line.length + '\r\n'.length, '\r\n'.length)

/** Looked for behind the first character, which must begin a method. */
const controls = /(?!^)[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/

const isMethod = (method: string, { knowsQueryMethod }: EnvoyBehaviour): boolean =>
  knownMethods.has(method) || (knowsQueryMethod && method === 'QUERY')

/** Whether the parser takes first line, names of headers and length. */
const isParsed = (request: InnerHttp, behaviour: EnvoyBehaviour): boolean =>
  isMethod(request.method, behaviour) &&
  (request.method === 'CONNECT' || isTarget(request.path)) &&
  request.headers.every(([name]) => token.test(name)) &&
  hasPlainLength(request)

/** The lines that are kept, looked at in their order; those that become one line count as one. */
const admitted = (request: InnerHttp, config: EnvoyJson): HeaderList | CodecError => {
  const kept: (readonly [string, string])[] = []
  const counted = new Headers(hostLine(request))
  for (const [name, value] of request.headers) {
    const fate = fateOf(name, config)
    if (fate === 'refused') return bad('http1.unexpected_underscore')
    if (fate === 'dropped') continue
    counted.add(name, value)
    if (counted.list().length > maxHeaders(config)) return tooLarge('http1.too_many_headers')
    kept.push([name.toLowerCase(), value.trim()])
  }
  return kept.filter(([name]) => name !== 'host')
}

/** Only where no proxy stands before it does a connection manager ask whether the scheme is that of the connection. */
const isEdge = (config: EnvoyJson): boolean =>
  flagAt(config, 'use_remote_address') === true && (numberAt(config, 'xff_num_trusted_hops') ?? 0) === 0

const fallbackHost = ({ version }: InnerHttp, config: EnvoyJson): string | undefined =>
  version === '1.0' ? textAt(config, 'http_protocol_options', 'default_host_for_http_10') : undefined

/** The parser skips blanks behind the target. */
const trimmed = (request: InnerHttp): InnerHttp => ({ ...request, path: request.path.replace(/[\t ]+$/, '') })

export const decodeHttp1 = (
  sent: InnerHttp,
  config: EnvoyJson,
  behaviour: EnvoyBehaviour,
  encrypted: boolean,
): CodecResult => {
  const written = linesOf(sent)
  if (rawSize(written) > maxBytes(config)) return tooLarge('http1.headers_too_large')
  if (controls.test(written.join(' '))) return bad('http1.invalid_characters')
  const request = trimmed(sent)
  if (!isParsed(request, behaviour)) return codecError
  const kept = admitted(request, config)
  if ('kind' in kept) return kept
  const framing = framingError(request)
  if (framing !== undefined)
    return framing === 'http1.invalid_transfer_encoding' ? notImplemented(framing) : bad(framing)
  const lines = new Headers([...hostLine(request), ...kept])
  dropHttp2Upgrade(lines)
  if (!dropNominated(lines)) return bad('http1.connection_header_rejected')
  const splitsAbsolute = flagAt(config, 'http_protocol_options', 'allow_absolute_url') !== false
  const target = readTarget(request, lines.get(':authority'), splitsAbsolute)
  if (typeof target === 'string') return bad(target)
  if (target.scheme === 'https' && isEdge(config) && !encrypted) return httpsInClear
  if (request.version === '1.0' && !acceptsHttp10(config)) return lowVersion
  lines.remove(':authority')
  const authority = target.authority ?? fallbackHost(request, config)
  if (!hostCharacters.test(authority ?? '')) return bad('http.invalid_authority')
  const pseudo = [
    [':method', request.method],
    [':path', target.path],
    [':authority', authority],
    [':scheme', target.scheme],
  ].filter((line): line is [string, string] => line[1] !== undefined)
  return { kind: 'request', version: request.version, headers: new Headers([...pseudo, ...lines.list()]) }
}
