import type { RecordedRequest } from '../../fidelity/waypoint/recorded.ts'
import type { Random } from '../../support/random.ts'
import { shownToken } from './jwt.ts'
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

const forwardedFor = [
  '1.2.3.4',
  '1.2.3.4, 127.0.9.1',
  '10.0.0.9',
  '1.2.3.4,10.0.0.9',
  '1.2.3.4, unknown',
  'unknown',
  '::1',
  'fd00::7',
  '1.2.3.4:80',
  '',
] as const

const ofEnvoy = [
  ['x-envoy-internal', 'true'],
  ['x-envoy-external-address', '9.9.9.9'],
  ['x-envoy-original-path', '/old'],
  ['x-envoy-decorator-operation', 'op'],
  ['x-envoy-downstream-service-cluster', 'sc'],
  ['x-envoy-max-retries', '2'],
  ['x-envoy-upstream-rq-timeout-ms', '300'],
  ['x-envoy-expected-rq-timeout-ms', '9'],
] as const

/** More than any connection manager takes, and still less than a window of HTTP/2. */
const hugePath = `/huge/${'x'.repeat(62_000)}`
const tooManyHeaders = Array.from({ length: 101 }, (_, at) => [`x-many-${at}`, '1'] as const)

const upgrade = (random: Random): readonly (readonly [string, string])[] => [
  ['connection', random.pick(['upgrade', 'keep-alive, Upgrade'] as const)],
  ['upgrade', random.pick(['websocket', 'websocket', 'WebSocket', 'other'] as const)],
  ...(random.chance(0.4) ? [['x-echo-status', '101'] as const] : []),
]

/** What the upstream is asked to do, and the name under which it counts attempts. */
const forUpstream = (random: Random, id: string): readonly (readonly [string, string])[] => {
  if (random.chance(0.75)) return []
  return [
    ['x-amb-id', id],
    random.pick([
      ['x-echo-status', '503'],
      ['x-echo-status', '404'],
      ['x-echo-status', '409'],
      ['x-echo-close', '1'],
      ['x-echo-fail-first', '1'],
      ['x-echo-fail-first', '2'],
      ['x-echo-delay', '1'],
      ['x-echo-grpc-status', '14'],
    ] as const),
  ]
}

const httpHeaders = (random: Random): readonly (readonly [string, string])[] => [
  ...random.times(0, 3, () => [random.pick(headerNames), random.pick(values)] as const),
  ...(random.chance(0.01) ? tooManyHeaders : []),
  ...(random.chance(0.3) ? [['x-cl', random.pick(clusterNames)] as const] : []),
  ...(random.chance(0.15) ? [['x-forwarded-for', random.pick(forwardedFor)] as const] : []),
  ...(random.chance(0.04) ? [['x-forwarded-for', '10.9.8.7'] as const] : []),
  ...(random.chance(0.05) ? [['x-forwarded-client-cert', 'By=spiffe://x/y'] as const] : []),
  ...(random.chance(0.05) ? [['x-request-id', 'mine'] as const] : []),
  ...(random.chance(0.06) ? [random.pick(ofEnvoy)] : []),
  ...(random.chance(0.03) ? [['via', 'first'] as const] : []),
  ...(random.chance(0.08) ? [['x-forwarded-proto', random.pick(['http', 'https'] as const)] as const] : []),
  ...(random.chance(0.3) ? [['origin', random.pick(['http://a.com', 'http://foo.org', ''] as const)] as const] : []),
]

/** Node's HTTP/2 client sends one line only of these. */
const singleLines = (headers: readonly (readonly [string, string])[]) =>
  headers.filter(([name], index) => name.startsWith('x-') || headers.findIndex(([other]) => other === name) === index)

const sameLines = <T>(headers: T): T => headers

const method = (random: Random) =>
  random.pick(['GET', 'GET', 'GET', 'POST', 'HEAD', 'OPTIONS', 'DELETE', 'QUERY'] as const)

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
    ...random.maybe(0.1, () => ({ outer_alpn: random.pick<string[]>([['http/1.1'], ['other'], ['other', 'h2'], []]) })),
  }
  if (random.chance(0.01)) return { ...outer, connect_authority: null, protocol: 'raw15008' }
  if (random.chance(0.015))
    return {
      ...outer,
      connect_authority: null,
      protocol: 'outer',
      method: 'GET',
      host: random.pick(['10.96.0.1:80', 'a.com']),
      path: random.pick(paths),
      headers: [],
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
      alpn: random.pick([['h2'], ['http/1.1'], ['other'], ['other', 'h2'], []]),
    }
  const preflight = random.chance(0.3) ? [['access-control-request-method', 'GET'] as const] : []
  const chosen = method(random)
  const token = random.chance(0.4) ? shownToken(random) : { headers: [], query: '' }
  const query = [random.pick(queries), token.query].filter(part => part !== '').join('&')
  const plain = random.chance(0.015) ? hugePath : random.pick(paths)
  const path = `${plain}${token.query !== '' && !query.startsWith('?') ? '?' : ''}${query}`
  return {
    ...outer,
    protocol: kind,
    method: chosen,
    host: random.chance(0.03) && kind === 'http/1.1' ? null : random.pick(hosts),
    path: kind === 'http/1.1' && random.chance(0.04) ? `http://foo.org${path}` : path,
    headers: [
      ...(kind === 'h2' ? singleLines : sameLines)([...httpHeaders(random), ...token.headers]),
      ...forUpstream(random, id),
      ...(chosen === 'OPTIONS' ? preflight : []),
      ...(kind === 'http/1.1' && random.chance(0.05) ? upgrade(random) : []),
    ],
    ...(kind === 'h2' ? { scheme: 'http' } : {}),
  }
}
