import { flagAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { EnvoyBehaviour } from '../behaviour.ts'
import { Headers } from '../headers.ts'
import type { HeaderList, InnerHttp } from '../request.ts'
import type { CodecResult, StreamReset } from './codec-result.ts'
import { fateOf, hostCharacters, maxBytes, maxHeaders, token } from './codec-result.ts'
import { bodyLength, valuesOf } from './framing.ts'
import { fromExtendedConnect } from './upgrade.ts'

const broken = (details: string): StreamReset => ({ details, flag: 'DPE' })
const overLimit = (details: string): StreamReset => ({ details, flag: 'DR' })
const violation = 'http2.violation.of.messaging.rule'
const invalidField = 'http2.invalid.header.field'
const underscore = 'http2.unexpected_underscore'

/** All but the tab. */
const controls = /[\u0000-\u0008\u000a-\u001f\u007f]/
const blank = /[\u0000-\u0020\u007f]/
const scheme = /^[A-Za-z][A-Za-z0-9+\-.]*$/

/** Each library has its own idea of a whole number; that of oghttp2 takes a sign and blanks. */
const length: Readonly<Record<EnvoyBehaviour['http2Codec'], RegExp>> = {
  nghttp2: /^\d+$/,
  oghttp2: /^\s*\+?\d+\s*$/,
}

const isHost = (host: string, { http2Codec }: EnvoyBehaviour): boolean =>
  hostCharacters.test(host) && !host.includes('@') && (host !== '' || http2Codec === 'oghttp2')

/** Whether the library under HTTP/2 takes a line. */
const isLine = (name: string, value: string, behaviour: EnvoyBehaviour): boolean => {
  switch (name) {
    case ':authority':
      return isHost(value, behaviour)
    case ':path':
      return value !== '' && !blank.test(value)
    case ':method':
      return token.test(value)
    case ':scheme':
      return behaviour.http2Codec === 'oghttp2' || scheme.test(value)
    case 'content-length':
      return length[behaviour.http2Codec].test(value)
    default:
      return token.test(name.replace(/^:/, '')) && !controls.test(value)
  }
}

const isPath = ({ method, path }: InnerHttp): boolean => path.startsWith('/') || (path === '*' && method === 'OPTIONS')

interface Taken {
  readonly lines: HeaderList
  /** Of the first line that is one too many, goes over the size, or cannot be. */
  readonly refusal?: StreamReset
  /** The stream keeps these details, whatever it is reset for later. */
  readonly dropped: boolean
}

const tooMany = 'http2.too_many_headers'

/** One library refuses a line that is too large by itself, and leaves the sum of all to Envoy. */
const tooLarge = (line: number, config: EnvoyJson, { http2Codec, tooLargeOverHttp2 }: EnvoyBehaviour): string =>
  http2Codec === 'oghttp2' && line <= maxBytes(config) ? tooMany : tooLargeOverHttp2

const take = (sent: HeaderList, config: EnvoyJson, behaviour: EnvoyBehaviour): Taken => {
  const lines: (readonly [string, string])[] = []
  const counted = new Headers()
  let cookies = 0
  let bytes = 0
  let dropped = false
  const stop = (refusal: StreamReset): Taken => ({ lines, refusal, dropped })
  for (const [name, value] of sent.map(([own, value]) => [own.toLowerCase(), value] as const)) {
    if (!isLine(name, value, behaviour)) return stop(broken(invalidField))
    const fate = fateOf(name, config)
    if (fate === 'refused') return stop(overLimit(underscore))
    if (fate === 'dropped') {
      dropped = true
      continue
    }
    bytes += name.length + value.length
    // Cookies are put aside to become one line; only one of the libraries counts them.
    if (name !== 'cookie') counted.add(name, value)
    else if (behaviour.http2Codec === 'nghttp2') cookies += 1
    if (counted.list().length + cookies > maxHeaders(config)) return stop(overLimit(tooMany))
    if (bytes > maxBytes(config)) return stop(overLimit(tooLarge(name.length + value.length, config, behaviour)))
    lines.push([name, value])
  }
  return { lines, dropped }
}

/** Cookies become one line, and none is empty. */
const withOneCookie = (lines: HeaderList): HeaderList => {
  const cookies = lines.flatMap(([name, value]) => (name === 'cookie' && value !== '' ? [value] : []))
  const others = lines.filter(([name]) => name !== 'cookie')
  return cookies.length === 0 ? others : [...others, ['cookie', cookies.join('; ')]]
}

/** Where the body is not as long as was told: one library sees it in headers that end the stream, the other once they are taken. */
const misfit = (
  { headers, bodyBytes }: InnerHttp,
  { http2Codec }: EnvoyBehaviour,
): { readonly at: 'headers' | 'body'; readonly reset: StreamReset } | undefined => {
  const [told] = valuesOf(headers, 'content-length')
  if (told === undefined || bodyBytes === undefined || Number(told) === bodyBytes) return undefined
  const details = bodyBytes === 0 ? violation : 'http2.remote_reset'
  return http2Codec === 'nghttp2'
    ? { at: bodyBytes === 0 ? 'headers' : 'body', reset: broken(details) }
    : { at: 'body', reset: overLimit(details) }
}

const hasBody = (request: InnerHttp): boolean => (bodyLength(request) ?? 0) > 0

/** What each library calls an extended CONNECT where it is not allowed. */
const unknownPseudo: Readonly<Record<EnvoyBehaviour['http2Codec'], string>> = {
  nghttp2: invalidField,
  oghttp2: violation,
}

export const decodeHttp2 = (request: InnerHttp, config: EnvoyJson, behaviour: EnvoyBehaviour): CodecResult => {
  const { authority, method, path, headers } = request
  const extended = headers.some(([name]) => name.toLowerCase() === ':protocol')
  const unasked = extended && flagAt(config, 'http2_protocol_options', 'allow_connect') !== true
  if (authority === undefined) return { kind: 'reset', ...broken(violation) }
  const hasPath = method !== 'CONNECT' || extended
  // In the order in which most clients send them.
  const pseudo: HeaderList = [
    [':method', method],
    ...(hasPath ? [[':path', path] as const] : []),
    [':authority', authority],
    [':scheme', (request.scheme ?? 'http').toLowerCase()],
  ]
  // One library looks at each line as it comes, `:protocol` before those of the client, the other at the whole at the end.
  const looked = unasked && behaviour.http2Codec === 'nghttp2' ? pseudo : [...pseudo, ...headers]
  const { lines, refusal, dropped } = take(looked, config, behaviour)
  const reset = (why: StreamReset): StreamReset => (dropped ? { ...why, details: underscore } : why)
  const refused = (why: StreamReset): CodecResult => ({ kind: 'reset', ...reset(why) })
  if (refusal !== undefined) return refused(refusal)
  if (unasked) return refused(broken(unknownPseudo[behaviour.http2Codec]))
  if (hasPath && !isPath(request)) return refused(broken(violation))
  const wrong = extended ? undefined : misfit(request, behaviour)
  if (wrong?.at === 'headers') return refused(wrong.reset)
  return {
    kind: 'request',
    version: '2',
    headers: new Headers(fromExtendedConnect(withOneCookie(lines))),
    ...(wrong !== undefined && { cutShort: reset(wrong.reset) }),
    ...(dropped && (extended || hasBody(request)) && { detailsOfReply: underscore }),
  }
}
