import { flagAt, numberAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { EnvoyBehaviour } from '../behaviour.ts'
import { Headers } from '../headers.ts'
import type { HeaderList, InnerHttp, InnerTraffic } from '../request.ts'

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

const decodeBytes = (data: string, config: EnvoyJson, behaviour: EnvoyBehaviour): CodecResult => {
  if (data.startsWith(preface)) return { kind: 'waiting' }
  const [, method = '', path = ''] = simpleRequest.exec(data) ?? []
  if (!knownMethods.has(method)) return codecError
  return decodeHttp1({ kind: 'http', version: '1.0', method, path, headers: [] }, config, behaviour)
}

const hasHeader = (request: InnerHttp, name: string): boolean =>
  request.headers.some(([header]) => header.toLowerCase() === name)

/** Bytes of an HTTP/1 request before its body. */
const rawSize = ({ method, path, authority, headers }: InnerHttp): number =>
  [['host', authority ?? ''] as const, ...headers].reduce(
    (sum, [name, value]) => sum + name.length + value.length + ': \r\n'.length,
    `${method} ${path} HTTP/1.1\r\n\r\n`.length,
  )

const lengths = (headers: HeaderList): number =>
  headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0)

const maxBytes = (config: EnvoyJson): number => (numberAt(config, 'max_request_headers_kb') ?? 60) * 1024
const maxHeaders = (config: EnvoyJson): number =>
  numberAt(config, 'common_http_protocol_options', 'max_headers_count') ?? 100

interface Target {
  readonly authority?: string
  readonly path?: string
}

/** `http://host/path`, split; a path stays as it is; CONNECT takes `host:port`. */
const readTarget = (request: InnerHttp): Target | undefined => {
  const { path, authority } = request
  const withAuthority = authority === undefined ? {} : { authority }
  if (request.method === 'CONNECT') return /^[^/?#\s]+:\d+$/.test(path) ? { authority: path } : undefined
  if (path === '*' || path.startsWith('/')) return { ...withAuthority, path }
  const absolute = /^https?:\/\/([^/?#]+)([^#]*)$/i.exec(path)
  if (absolute?.[1] === undefined) return undefined
  const rest = absolute[2] ?? ''
  return { authority: absolute[1], path: rest === '' ? '/' : rest.startsWith('/') ? rest : `/${rest}` }
}

/** Header lines as a codec hands them on: no blanks around values, cookies of HTTP/2 in one line and none that is empty. */
const codecHeaders = (lines: HeaderList, version: InnerHttp['version']): HeaderList => {
  const trimmed = lines.map(([name, value]) => [name.toLowerCase(), value.trim()] as const)
  if (version !== '2') return trimmed
  const cookies = trimmed.flatMap(([name, value]) => (name === 'cookie' && value !== '' ? [value] : []))
  const others = trimmed.filter(([name]) => name !== 'cookie')
  return cookies.length === 0 ? others : [...others, ['cookie', cookies.join('; ')]]
}

const pseudoHeaders = (request: InnerHttp, target: Target): (readonly [string, string])[] => [
  ...(target.authority === undefined ? [] : [[':authority', target.authority] as const]),
  ...(target.path === undefined ? [] : [[':path', target.path] as const]),
  [':method', request.method],
]

/** Request targets are visible ASCII. */
const visible = /^[\x21-\x7e]+$/

const bodyless = (result: CodecError, { method }: InnerHttp): CodecResult =>
  method === 'HEAD' ? { ...result, body: '' } : result

const decodeHttp1 = (request: InnerHttp, config: EnvoyJson, { knowsQueryMethod }: EnvoyBehaviour): CodecResult => {
  if (rawSize(request) > maxBytes(config)) return bodyless(tooLarge('http1.headers_too_large'), request)
  const known = knownMethods.has(request.method) || (knowsQueryMethod && request.method === 'QUERY')
  if (!known || !visible.test(request.path)) return codecError
  if (hasHeader(request, 'transfer-encoding') && hasHeader(request, 'content-length'))
    return bad('http1.content_length_and_chunked_not_allowed')
  const lines = request.headers.length + (request.authority === undefined ? 0 : 1)
  if (lines > maxHeaders(config)) return bodyless(tooLarge('http1.too_many_headers'), request)
  if (request.version === '1.0' && !acceptsHttp10(config)) return bodyless(lowVersion, request)
  const target = readTarget(request)
  if (target === undefined) return bad('http1.invalid_url')
  const fallback =
    request.version === '1.0' ? textAt(config, 'http_protocol_options', 'default_host_for_http_10') : undefined
  const authority = target.authority ?? fallback
  const headers = pseudoHeaders(request, { ...target, ...(authority === undefined ? {} : { authority }) })
  return {
    kind: 'request',
    version: request.version,
    headers: new Headers([...headers, ...codecHeaders(request.headers, request.version)]),
  }
}

const broken = (details: string): CodecResult => ({ kind: 'reset', details, flag: 'DPE' })
const overLimit = (details: string): CodecResult => ({ kind: 'reset', details, flag: 'DR' })

const decodeHttp2 = (request: InnerHttp, config: EnvoyJson, behaviour: EnvoyBehaviour): CodecResult => {
  if (hasHeader(request, ':protocol') && flagAt(config, 'http2_protocol_options', 'allow_connect') !== true)
    return broken('http2.invalid.header.field')
  if (request.authority === undefined) return broken('http2.violation.of.messaging.rule')
  const target =
    request.method === 'CONNECT'
      ? { authority: request.authority }
      : { authority: request.authority, path: request.path }
  const pseudo = [...pseudoHeaders(request, target), [':scheme', request.scheme ?? 'http'] as const]
  const sent = [...pseudo, ...request.headers]
  if (sent.length > maxHeaders(config)) return overLimit('http2.too_many_headers')
  if (lengths(sent) > maxBytes(config)) return overLimit(behaviour.tooLargeOverHttp2)
  if (request.authority === '' && behaviour.http2Codec === 'nghttp2') return broken('http2.invalid.header.field')
  const headers = [...pseudo, ...codecHeaders(request.headers, '2')]
  return { kind: 'request', version: '2', headers: new Headers(headers) }
}

/** What the codec of a connection manager makes of the first bytes (specs/waypoint.md §5.4, measured §2). */
export const decodeTraffic = (traffic: InnerTraffic, config: EnvoyJson, behaviour: EnvoyBehaviour): CodecResult => {
  if (traffic.kind === 'silent') return { kind: 'waiting' }
  if (traffic.kind === 'tls') return codecError
  if (traffic.kind === 'bytes') return decodeBytes(traffic.data, config, behaviour)
  return traffic.version === '2' ? decodeHttp2(traffic, config, behaviour) : decodeHttp1(traffic, config, behaviour)
}
