import { objectAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { EnvoyBehaviour } from '../behaviour.ts'
import type { Exchange } from '../exchange.ts'
import type { UpstreamRequest } from '../outcome.ts'
import type { HeaderList } from '../request.ts'
import { toExtendedConnect, upgradeAsked } from './upgrade.ts'

const httpOptions = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'

const upstreamProtocol = (cluster: EnvoyJson, exchange: Exchange): UpstreamRequest['protocol'] => {
  const options = objectAt(cluster, 'typed_extension_protocol_options', httpOptions)
  const downstream = exchange.version === '2' ? 'h2' : 'http/1.1'
  if (objectAt(options, 'use_downstream_protocol_config') !== undefined) return downstream
  const explicit =
    objectAt(options, 'explicit_http_config', 'http2_protocol_options') ?? objectAt(cluster, 'http2_protocol_options')
  return explicit === undefined ? 'http/1.1' : 'h2'
}

const isPseudo = ([name]: readonly [string, string]): boolean => name.startsWith(':')

const withOneCookieLine = (headers: HeaderList): HeaderList => {
  const cookies = headers.filter(([name]) => name === 'cookie').map(([, value]) => value)
  if (cookies.length < 2) return headers
  return [...headers.filter(([name]) => name !== 'cookie'), ['cookie', cookies.join('; ')]]
}

/** An upgrade asks a host of HTTP/2 by an extended CONNECT, whether the cluster allows CONNECT or not. */
const protocolAsked = (exchange: Exchange): string | undefined => {
  const asked = upgradeAsked(exchange)
  return asked === 'CONNECT' ? undefined : asked
}

/** The request as it goes to a host of `cluster`. */
export const upstreamRequest = (
  exchange: Exchange,
  cluster: EnvoyJson,
  { http2Codec }: EnvoyBehaviour,
): UpstreamRequest => {
  const protocol = upstreamProtocol(cluster, exchange)
  const asked = protocol === 'h2' ? protocolAsked(exchange) : undefined
  const headers =
    asked === undefined
      ? exchange.headers.list().filter(header => !isPseudo(header))
      : toExtendedConnect(exchange.headers, asked)
  const joins = protocol === 'h2' && http2Codec === 'oghttp2'
  return {
    method: asked === undefined ? exchange.method : 'CONNECT',
    path: exchange.path,
    authority: exchange.authority,
    headers: joins ? withOneCookieLine(headers) : headers,
    unknownHeaders: exchange.unknownHeaders,
    protocol,
  }
}
