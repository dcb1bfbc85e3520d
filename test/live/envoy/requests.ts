import type { RecordedRequest } from '../../fidelity/waypoint/recorded.ts'
import type { Random } from '../../support/random.ts'
import { shownToken } from './jwt.ts'
import { faults, hopByHop, oddHosts, oddPaths, oddTargets, oddValues, repeated, schemes, underscored } from './odd.ts'
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

const upgradeOver2 = (random: Random): readonly (readonly [string, string])[] => [
  [':protocol', random.pick(['websocket', 'websocket', 'WebSocket', 'other', 'bytestream'] as const)],
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

const twice = (name: string): readonly (readonly [string, string])[] => [
  [name, '7'],
  [name, '8'],
]

const httpHeaders = (random: Random): readonly (readonly [string, string])[] => [
  ...random.times(0, 3, () => [random.pick(headerNames), random.pick(values)] as const),
  ...(random.chance(0.01) ? tooManyHeaders : []),
  ...(random.chance(0.3) ? [['x-cl', random.pick(clusterNames)] as const] : []),
  ...(random.chance(0.15) ? [['x-forwarded-for', random.pick(forwardedFor)] as const] : []),
  ...(random.chance(0.04) ? [['x-forwarded-for', '10.9.8.7'] as const] : []),
  ...(random.chance(0.05) ? [['x-forwarded-client-cert', 'By=spiffe://x/y'] as const] : []),
  ...(random.chance(0.05) ? [['x-request-id', 'mine'] as const] : []),
  ...(random.chance(0.06) ? [random.pick(ofEnvoy)] : []),
  ...(random.chance(0.1) ? random.times(1, 3, () => random.pick(faults)) : []),
  ...(random.chance(0.03) ? [['via', 'first'] as const] : []),
  ...(random.chance(0.06) ? [[random.pick(underscored), random.pick(values)] as const] : []),
  ...(random.chance(0.02) ? [['x-b', random.pick(oddValues)] as const] : []),
  ...(random.chance(0.06) ? twice(random.pick(repeated)) : []),
  ...(random.chance(0.08) ? [['x-forwarded-proto', random.pick(['http', 'https'] as const)] as const] : []),
  ...(random.chance(0.3) ? [['origin', random.pick(['http://a.com', 'http://foo.org', ''] as const)] as const] : []),
]

/** Node's HTTP/2 client sends one line only of these. */
const singleLines = (headers: readonly (readonly [string, string])[]) =>
  headers.filter(([name], index) => name.startsWith('x-') || headers.findIndex(([other]) => other === name) === index)

const sameLines = <T>(headers: T): T => headers

const method = (random: Random) =>
  random.pick(['GET', 'GET', 'GET', 'POST', 'HEAD', 'OPTIONS', 'DELETE', 'QUERY'] as const)

interface Sent {
  readonly body?: string
  readonly headers: readonly (readonly [string, string])[]
}

/** A body, which over HTTP/2 says its length or not, or says a wrong one. */
const bodyOf = (random: Random, kind: RecordedRequest['protocol']): Sent => {
  if (random.chance(0.85)) return { headers: [] }
  const body = 'y'.repeat(random.pick([3, 3, 1200, 20_000] as const))
  if (kind !== 'h2') return { body, headers: [] }
  const told = random.pick([undefined, undefined, body.length, body.length, body.length + 2, 0] as const)
  const headers = told === undefined ? [] : [['content-length', `${told}`] as const]
  return random.chance(0.15) ? { headers } : { body, headers }
}

const hostOf = (random: Random, kind: RecordedRequest['protocol']): string | null => {
  if (kind === 'http/1.1' && random.chance(0.03)) return null
  return random.chance(0.04) ? random.pick(oddHosts) : random.pick(hosts)
}

const targetOf = (random: Random, kind: RecordedRequest['protocol'], path: string): string => {
  if (kind !== 'http/1.1' || random.chance(0.9)) return path
  return random.chance(0.4) ? `http://foo.org${path}` : random.pick(oddTargets)
}

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
  const preflight = [
    ...(random.chance(0.3) ? [['access-control-request-method', 'GET'] as const] : []),
    ...(random.chance(0.1) ? [['access-control-request-private-network', 'true'] as const] : []),
  ]
  const extended = kind === 'h2' && random.chance(0.08)
  const chosen = extended ? 'CONNECT' : method(random)
  const token = random.chance(0.4) ? shownToken(random) : { headers: [], query: '' }
  const query = [random.pick(queries), token.query].filter(part => part !== '').join('&')
  const plain = random.chance(0.015) ? hugePath : random.chance(0.02) ? random.pick(oddPaths) : random.pick(paths)
  const path = `${plain}${token.query !== '' && !query.startsWith('?') ? '?' : ''}${query}`
  const upgrading = kind === 'http/1.1' && random.chance(0.06) ? upgrade(random) : []
  const ofConnection = kind === 'http/1.1' && random.chance(0.06) ? random.times(1, 2, () => random.pick(hopByHop)) : []
  // What follows a request to upgrade is no body.
  const upgrades = extended || [...upgrading, ...ofConnection].some(([name]) => name === 'upgrade')
  const { headers: length, ...body } = upgrades ? { headers: [] } : bodyOf(random, kind)
  return {
    ...outer,
    protocol: kind,
    method: chosen,
    host: hostOf(random, kind),
    path: targetOf(random, kind, path),
    headers: [
      ...(kind === 'h2' ? singleLines : sameLines)([...httpHeaders(random), ...token.headers]),
      ...forUpstream(random, id),
      ...(chosen === 'OPTIONS' ? preflight : []),
      ...upgrading,
      ...length,
      ...ofConnection,
      ...(extended ? upgradeOver2(random) : []),
    ],
    ...(kind === 'h2' ? { scheme: random.pick(schemes) } : {}),
    ...body,
  }
}
