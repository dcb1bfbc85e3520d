import type { InnerHttp, InnerTraffic } from '#waypoint/request.ts'
import type { Request } from './request.ts'
import { isIp } from './request.ts'
import type { Headers } from './step.ts'

/** What curl sends unless it is told otherwise. */
const habits: Headers = [
  ['user-agent', 'curl/8'],
  ['accept', '*/*'],
]

/** The bytes that the client sends through the tunnel; a TCP client whose habit is not known may speak first or not. */
export const innerTraffic = (request: Request): readonly InnerTraffic[] => {
  switch (request.scheme) {
    case 'http':
    case 'h2c':
    case 'grpc':
      return [httpTraffic(request)]
    case 'https':
      return [{ kind: 'tls', alpn: ['h2', 'http/1.1'], ...serverName(request) }]
    case 'tls':
      return [{ kind: 'tls', alpn: [], ...serverName(request) }]
    case 'tcp':
      return [
        ...(request.clientSpeaksFirst === false ? [] : [{ kind: 'bytes', data: 'ping\n' } as const]),
        ...(request.clientSpeaksFirst === true ? [] : [{ kind: 'silent' } as const]),
      ]
  }
}

/** What the client says inside its TLS, to a proxy that ends it: HTTP, in the newest version that both offer. */
export const behindTls = (request: Request): InnerHttp | undefined =>
  request.scheme === 'https' ? { ...httpTraffic(request), version: '2', scheme: 'https' } : undefined

const grpcHeaders: Headers = [
  ['content-type', 'application/grpc'],
  ['te', 'trailers'],
]

const lowerCase = ({ headers }: Request): Headers => headers.map(([name, value]) => [name.toLowerCase(), value])

/** The headers of the request as they leave the client, `host` left out, names in lower case. */
export const headersOf = (request: Request): Headers => {
  const given = lowerCase(request)
  const named = new Set(given.map(([name]) => name))
  const own = request.complete === true ? [] : [...habits, ...(request.scheme === 'grpc' ? grpcHeaders : [])]
  return [...own.filter(([name]) => !named.has(name)), ...given.filter(([name]) => name !== 'host')]
}

const httpTraffic = (request: Request): InnerHttp => ({
  kind: 'http',
  version: request.scheme === 'http' ? '1.1' : '2',
  method: request.method,
  authority: lowerCase(request).find(([name]) => name === 'host')?.[1] ?? authorityOf(request),
  path: request.path,
  headers: headersOf(request),
})

const authorityOf = ({ host, port, scheme }: Request): string => {
  const name = host.includes(':') ? `[${host}]` : host
  return port === (scheme === 'https' ? 443 : 80) ? name : `${name}:${port}`
}

const serverName = ({ sni, host }: Request): { readonly serverName?: string } => {
  const name = sni ?? (isIp(host) ? undefined : host)
  return name === undefined ? {} : { serverName: name }
}
