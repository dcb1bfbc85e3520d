import { flagAt, numberAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { EnvoyBehaviour } from '../behaviour.ts'
import { Headers } from '../headers.ts'
import type { HeaderList, InnerHttp, InnerTraffic } from '../request.ts'
import { framingError, hasPlainLength, valuesOf } from './framing.ts'
import { dropHttp2Upgrade, dropNominated } from './hop-by-hop.ts'
import { isTarget, readTarget, type Target } from './target.ts'
import { fromExtendedConnect } from './upgrade.ts'

/** Methods of the HTTP/1 codec; anything else is a codec error. */
export const knownMethods = new Set(
  (
    'ACL BIND CHECKOUT CONNECT COPY DELETE GET HEAD LINK LOCK MERGE MKACTIVITY MKCALENDAR MKCOL MOVE MSEARCH M-SEARCH ' +
    'NOTIFY OPTIONS PATCH POST PROPFIND PROPPATCH PURGE PUT REBIND REPORT SEARCH SOURCE SUBSCRIBE TRACE UNBIND UNLINK ' +
    'UNLOCK UNSUBSCRIBE'
  ).split(' '),
)

export type CodecResult =
  | { readonly kind: 'request'; readonly headers: Headers; readonly version: InnerHttp['version'] }
  /** Answered by the codec, before there is a request. */
  | {
      readonly kind: 'error'
      readonly status: number
      readonly details: string
      readonly body: string
    }
  /** HTTP/2 resets the stream or connection instead of answering. */
  | { readonly kind: 'reset'; readonly details: string; readonly flag: 'DPE' | 'DR' }
  | { readonly kind: 'waiting' }

const bad = (details: string): CodecResult => ({ kind: 'error', status: 400, details, body: 'Bad Request' })
const codecError = bad('http1.codec_error')
type CodecError = Extract<CodecResult, { kind: 'error' }>
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
const tooLarge = (details: string): CodecError => ({
  kind: 'error',
  status: 431,
  details,
  body: 'Request Header Fields Too Large',
})

/** `GET /\r\n` is HTTP/0.9, which counts as 1.0. */
const simpleRequest = /^([A-Z-]+) (\S+)\r\n/

export const isSimpleRequest = (data: string): boolean => knownMethods.has(simpleRequest.exec(data)?.[1] ?? '')

const acceptsHttp10 = (config: EnvoyJson): boolean => flagAt(config, 'http_protocol_options', 'accept_http_10') === true

/** The connection preface of HTTP/2. */
export const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

/** Nothing but line ends, or a request whose first line or whose headers have not ended. */
const unfinished = /^(?:[\r\n]*|[\x21-\x7e][^\n]*|[A-Z-]+ \S+ HTTP\/1\.[01]\r\n(?:[^\r\n]+\r\n)*)$/

const decodeBytes = (data: string, config: EnvoyJson, behaviour: EnvoyBehaviour): CodecResult => {
  if (data.length > maxBytes(config)) return tooLarge('http1.headers_too_large')
  if (data.startsWith(preface) || unfinished.test(data)) return { kind: 'waiting' }
  const [, method = '', path = ''] = simpleRequest.exec(data) ?? []
  if (!knownMethods.has(method)) return codecError
  return decodeHttp1({ kind: 'http', version: '1.0', method, path, headers: [] }, config, behaviour, false)
}

/** Several names of a host become one line, as values of any header that has one line. */
const hostLine = ({ authority, headers }: InnerHttp): HeaderList => {
  const names = [...(authority === undefined ? [] : [authority]), ...valuesOf(headers, 'host')]
  return names.length === 0 ? [] : [[':authority', names.filter(name => name !== '').join(',')]]
}

const hasHeader = (request: InnerHttp, name: string): boolean =>
  request.headers.some(([header]) => header.toLowerCase() === name)

const withoutHost = (headers: HeaderList): HeaderList => headers.filter(([name]) => name.toLowerCase() !== 'host')

/** Bytes of an HTTP/1 request before its body. */
const rawSize = ({ method, path, authority, headers }: InnerHttp): number =>
  [['host', authority ?? ''] as const, ...headers].reduce(
    (sum, [name, value]) => sum + name.length + value.length + ': \r\n'.length,
    `${method} ${path} HTTP/1.1\r\n\r\n`.length,
  )

const maxBytes = (config: EnvoyJson): number => (numberAt(config, 'max_request_headers_kb') ?? 60) * 1024
const maxHeaders = (config: EnvoyJson): number =>
  numberAt(config, 'common_http_protocol_options', 'max_headers_count') ?? 100

/** Header lines as a codec hands them on: no blanks around values, cookies of HTTP/2 in one line and none that is empty. */
const codecHeaders = (lines: HeaderList, version: InnerHttp['version']): HeaderList => {
  const trimmed = lines.map(([name, value]) => [name.toLowerCase(), value.trim()] as const)
  if (version !== '2') return trimmed
  const cookies = trimmed.flatMap(([name, value]) => (name === 'cookie' && value !== '' ? [value] : []))
  const others = trimmed.filter(([name]) => name !== 'cookie')
  return cookies.length === 0 ? others : [...others, ['cookie', cookies.join('; ')]]
}

/** In the order in which most clients of HTTP/2 send them. */
const pseudoHeaders = (request: InnerHttp, target: Target): (readonly [string, string])[] => [
  [':method', request.method],
  ...(target.path === undefined ? [] : [[':path', target.path] as const]),
  ...(target.authority === undefined ? [] : [[':authority', target.authority] as const]),
]

/** Characters of a name of a host, in HTTP/1; over HTTP/2 there is no `@`. */
const hostCharacters = /^[\w!$%&'()*+,\-.:;=@[\]~]*$/

/** Only where no proxy stands before it does a connection manager ask whether the scheme is that of the connection. */
const isEdge = (config: EnvoyJson): boolean =>
  flagAt(config, 'use_remote_address') === true && (numberAt(config, 'xff_num_trusted_hops') ?? 0) === 0

/** Clients take no body in answer to HEAD. */
const bodyless = (result: CodecResult, { method }: InnerHttp): CodecResult =>
  method === 'HEAD' && result.kind === 'error' ? { ...result, body: '' } : result

const decodeHttp1 = (
  request: InnerHttp,
  config: EnvoyJson,
  { knowsQueryMethod }: EnvoyBehaviour,
  encrypted: boolean,
): CodecResult => {
  if (rawSize(request) > maxBytes(config)) return tooLarge('http1.headers_too_large')
  const known = knownMethods.has(request.method) || (knowsQueryMethod && request.method === 'QUERY')
  if (!known || (request.method !== 'CONNECT' && !isTarget(request.path)) || !hasPlainLength(request)) return codecError
  if (request.headers.length + hostLine(request).length > maxHeaders(config)) return tooLarge('http1.too_many_headers')
  const framing = framingError(request)
  if (framing !== undefined)
    return framing === 'http1.invalid_transfer_encoding' ? notImplemented(framing) : bad(framing)
  const lines = new Headers([...hostLine(request), ...codecHeaders(withoutHost(request.headers), request.version)])
  dropHttp2Upgrade(lines)
  if (!dropNominated(lines)) return bad('http1.connection_header_rejected')
  const target = readTarget(request, lines.get(':authority'))
  if (typeof target === 'string') return bad(target)
  if (request.version === '1.0' && !acceptsHttp10(config)) return lowVersion
  if (target.scheme === 'https' && isEdge(config) && !encrypted) return httpsInClear
  lines.remove(':authority')
  const fallback =
    request.version === '1.0' ? textAt(config, 'http_protocol_options', 'default_host_for_http_10') : undefined
  const authority = target.authority ?? fallback
  if (!hostCharacters.test(authority ?? '')) return bad('http.invalid_authority')
  const pseudo = pseudoHeaders(request, { ...target, ...(authority === undefined ? {} : { authority }) })
  const scheme = target.scheme === undefined ? [] : [[':scheme', target.scheme] as const]
  return { kind: 'request', version: request.version, headers: new Headers([...pseudo, ...scheme, ...lines.list()]) }
}

const broken = (details: string): CodecResult => ({ kind: 'reset', details, flag: 'DPE' })
const overLimit = (details: string): CodecResult => ({ kind: 'reset', details, flag: 'DR' })

const isHttp2Host = (host: string, { http2Codec }: EnvoyBehaviour): boolean =>
  hostCharacters.test(host) && !host.includes('@') && (host !== '' || http2Codec === 'oghttp2')

const blank = /[\u0000-\u0020\u007f]/

/** Whether the library under HTTP/2 takes the value of a line. */
const isHttp2Line = (name: string, value: string, behaviour: EnvoyBehaviour): boolean => {
  if (name === ':authority') return isHttp2Host(value, behaviour)
  if (name === ':path') return value !== '' && !blank.test(value)
  return name !== 'content-length' || /^\d+$/.test(value)
}

const isHttp2Path = ({ method, path }: InnerHttp): boolean =>
  path.startsWith('/') || (path === '*' && method === 'OPTIONS')

/** The first header line that is one too many, goes over the size, or has a value that cannot be. */
const http2Refusal = (sent: HeaderList, config: EnvoyJson, behaviour: EnvoyBehaviour): CodecResult | undefined => {
  let bytes = 0
  for (const [index, [name, value]] of sent.entries()) {
    bytes += name.length + value.length
    if (!isHttp2Line(name.toLowerCase(), value, behaviour)) return broken('http2.invalid.header.field')
    if (index >= maxHeaders(config)) return overLimit('http2.too_many_headers')
    if (bytes > maxBytes(config)) return overLimit(behaviour.tooLargeOverHttp2)
  }
  return undefined
}

/** What each library calls an extended CONNECT where it is not allowed. */
const unknownPseudo: Readonly<Record<EnvoyBehaviour['http2Codec'], string>> = {
  nghttp2: 'http2.invalid.header.field',
  oghttp2: 'http2.violation.of.messaging.rule',
}

const decodeHttp2 = (request: InnerHttp, config: EnvoyJson, behaviour: EnvoyBehaviour): CodecResult => {
  const extended = hasHeader(request, ':protocol')
  const unasked = extended && flagAt(config, 'http2_protocol_options', 'allow_connect') !== true
  if (request.authority === undefined) return broken('http2.violation.of.messaging.rule')
  const target =
    request.method === 'CONNECT' && !extended
      ? { authority: request.authority }
      : { authority: request.authority, path: request.path }
  const pseudo = [...pseudoHeaders(request, target), [':scheme', request.scheme ?? 'http'] as const]
  // One library looks at each line as it comes, `:protocol` before those of the client, the other at the whole at the end.
  const looked = unasked && behaviour.http2Codec === 'nghttp2' ? pseudo : [...pseudo, ...request.headers]
  const refusal = http2Refusal(looked, config, behaviour)
  if (refusal !== undefined) return refusal
  if (unasked) return broken(unknownPseudo[behaviour.http2Codec])
  if ('path' in target && !isHttp2Path(request)) return broken('http2.violation.of.messaging.rule')
  const headers = fromExtendedConnect([...pseudo, ...codecHeaders(request.headers, '2')])
  return { kind: 'request', version: '2', headers: new Headers(headers) }
}

/** What the codec of a connection manager makes of the first bytes (specs/waypoint.md §5.4, measured §2). */
export const decodeTraffic = (
  traffic: InnerTraffic,
  config: EnvoyJson,
  behaviour: EnvoyBehaviour,
  encrypted: boolean,
): CodecResult => {
  if (traffic.kind === 'silent') return { kind: 'waiting' }
  if (traffic.kind === 'tls') return codecError
  if (traffic.kind === 'bytes') return decodeBytes(traffic.data, config, behaviour)
  return traffic.version === '2'
    ? decodeHttp2(traffic, config, behaviour)
    : bodyless(decodeHttp1(traffic, config, behaviour, encrypted), traffic)
}
