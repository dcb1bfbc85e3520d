import type { EnvoyJson } from '#model/envoy.ts'
import type { EnvoyBehaviour } from '../behaviour.ts'
import type { InnerTraffic } from '../request.ts'
import type { CodecResult } from './codec-result.ts'
import { maxBytes } from './codec-result.ts'
import { codecError, decodeHttp1, knownMethods, tooLarge } from './http1-codec.ts'
import { decodeHttp2 } from './http2-codec.ts'

/** `GET /\r\n` is HTTP/0.9, which counts as 1.0. */
const simpleRequest = /^([A-Z-]+) (\S+)\r\n/

export const isSimpleRequest = (data: string): boolean => knownMethods.has(simpleRequest.exec(data)?.[1] ?? '')

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
    : decodeHttp1(traffic, config, behaviour, encrypted)
}
