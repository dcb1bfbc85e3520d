import type { RecordedRequest } from '../../fidelity/waypoint/recorded.ts'
import type { Random } from '../../support/random.ts'
import {
  clusterNames,
  destinations,
  headerNames,
  hosts,
  identities,
  paths,
  ports,
  queries,
  sources,
  values,
} from './vocabulary.ts'

const httpHeaders = (random: Random): readonly (readonly [string, string])[] => [
  ...random.times(0, 3, () => [random.pick(headerNames), random.pick(values)] as const),
  ...(random.chance(0.3) ? [['x-cl', random.pick(clusterNames)] as const] : []),
  ...(random.chance(0.15)
    ? [['x-forwarded-for', random.pick(['1.2.3.4', '1.2.3.4, 127.0.9.1', 'unknown', '::1'] as const)] as const]
    : []),
  ...(random.chance(0.08) ? [['x-forwarded-proto', random.pick(['http', 'https'] as const)] as const] : []),
  ...(random.chance(0.3) ? [['origin', random.pick(['http://a.com', 'http://foo.org', ''] as const)] as const] : []),
]

/** Node's HTTP/2 client sends one line only of these. */
const singleLines = (headers: readonly (readonly [string, string])[]) =>
  headers.filter(([name], index) => name.startsWith('x-') || headers.findIndex(([other]) => other === name) === index)

const method = (random: Random) => random.pick(['GET', 'GET', 'GET', 'POST', 'HEAD', 'OPTIONS', 'DELETE'] as const)

/** A random request of one of the kinds that clients send through a tunnel. */
export const randomRequest = (random: Random, id: string): RecordedRequest => {
  const outer = {
    id,
    source_ip: random.pick(sources),
    peer_identity: random.pick(identities),
    connect_authority: random.chance(0.06)
      ? random.pick(['svc.x:80', 'svc.x', '10.96.0.1'] as const)
      : `${random.pick(destinations)}:${random.pick(ports)}`,
    connect_headers: [],
  }
  const kind = random.pick([
    'http/1.1',
    'http/1.1',
    'http/1.1',
    'http/1.1',
    'http/1.1',
    'http/1.1',
    'h2',
    'h2',
    'http/1.0',
    'tcp',
    'tls',
  ] as const)
  if (kind === 'tcp')
    return {
      ...outer,
      protocol: 'tcp',
      data: random.pick(['hello\n', 'SSH-2.0-x\r\n', 'GET / FTP\r\n\r\n', 'GET /\r\n'] as const),
    }
  if (kind === 'tls')
    return {
      ...outer,
      protocol: 'tls',
      sni: random.pick(['a.com', 'foo.org', null]),
      alpn: random.pick([['h2'], ['http/1.1'], []]),
    }
  const preflight = random.chance(0.3) ? [['access-control-request-method', 'GET'] as const] : []
  const chosen = method(random)
  const path = `${random.pick(paths)}${random.pick(queries)}`
  return {
    ...outer,
    protocol: kind,
    method: chosen,
    host: random.pick(hosts),
    path: kind === 'http/1.1' && random.chance(0.04) ? `http://foo.org${path}` : path,
    headers: [
      ...(kind === 'h2' ? singleLines(httpHeaders(random)) : httpHeaders(random)),
      ...(chosen === 'OPTIONS' ? preflight : []),
    ],
    ...(kind === 'h2' ? { scheme: 'http' } : {}),
  }
}
