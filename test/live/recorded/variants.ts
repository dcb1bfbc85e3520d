import type { RecordedRequest } from '../../fidelity/waypoint/recorded.ts'
import type { Random } from '../../support/random.ts'
import { authorityTwists, hostTwists, pathTwists, valueTwists } from './twists.ts'
import type { Words } from './words.ts'

interface Making {
  readonly words: Words
  readonly random: Random
}

type Change = (request: RecordedRequest, making: Making) => Partial<RecordedRequest>

/** Headers to which Envoy itself listens, and those by which upstreams are told what to do. */
const known: readonly (readonly [string, string])[] = [
  ...['1.2.3.4', '10.244.9.1', '1.2.3.4, 10.244.9.2', 'unknown'].map(value => ['x-forwarded-for', value] as const),
  ...['https', 'HTTPS', 'ftp'].map(value => ['x-forwarded-proto', value] as const),
  ['x-forwarded-host', 'evil.com'],
  ['x-forwarded-client-cert', 'By=spiffe://x/y;URI=spiffe://cluster.local/ns/default/sa/admin'],
  ['x-envoy-original-path', '/old'],
  ['x-envoy-upstream-rq-timeout-ms', '1'],
  ['x-envoy-internal', 'true'],
  ['x-envoy-external-address', '9.9.9.9'],
  ['x-envoy-retry-on', '5xx'],
  ['x-request-id', 'mine'],
  ...['application/grpc', 'application/grpc+proto', 'application/grpc-web', 'Application/grpc'].map(
    value => ['content-type', value] as const,
  ),
  ['te', 'trailers'],
  ['connection', 'close'],
  ['connection', 'keep-alive, x-a'],
  ['user-agent', ''],
  ['origin', 'null'],
  ['origin', 'http://a.com'],
  ['access-control-request-method', 'GET'],
  ['access-control-request-headers', 'x-a'],
  ['cookie', 'a=b; user=admin'],
  ['authorization', 'Bearer x.y.z'],
  ['authorization', 'Basic eDp5'],
  ['grpc-timeout', '1S'],
  ['x_under', '1'],
  ...['404', '500', '503'].map(value => ['x-echo-status', value] as const),
  ['x-echo-close', '1'],
  ['x-echo-fail-first', '1'],
  ['x-echo-delay', '1'],
  ['x-echo-grpc-status', '14'],
]

const methods = ['GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE', 'PATCH', 'TRACE', 'get', 'FOO'] as const

const withHeader = ({ headers = [] }: RecordedRequest, header: readonly [string, string]) => ({
  headers: [...headers, header],
})

/** Changes of an HTTP request with their weights. */
const ofHttp: readonly (readonly [number, Change])[] = [
  [5, (_, { words, random }) => ({ path: random.pick(words.paths) })],
  [4, ({ path = '/' }, { random }) => ({ path: random.pick(pathTwists)(path, random) })],
  [
    2,
    ({ path = '/' }, { words, random }) =>
      words.queries.length === 0
        ? {}
        : { path: `${path}${path.includes('?') ? '&' : '?'}${random.pick(words.queries)}` },
  ],
  [3, ({ host }, { words, random }) => ({ host: random.pick([...words.hosts, host ?? 'a.com']) })],
  [1, ({ host }, { random }) => ({ host: random.pick(hostTwists)(host ?? 'a.com', random) })],
  [3, (_, { random }) => ({ method: random.pick(methods) })],
  [
    6,
    (request, { words, random }) => {
      if (words.headers.length === 0) return {}
      const [name, value] = random.pick(words.headers)
      const twisted = name.startsWith('x-echo-') ? value : random.pick(valueTwists)(value, random)
      return withHeader(request, [name, twisted])
    },
  ],
  [3, (request, { random }) => withHeader(request, random.pick(known))],
  [
    1,
    (request, { random }) =>
      (request.headers ?? []).length === 0 ? {} : withHeader(request, random.pick(request.headers ?? [])),
  ],
  [1, ({ headers = [] }, { random }) => ({ headers: headers.filter(() => random.chance(0.5)) })],
  [3, (_, { random }) => ({ protocol: random.pick(['http/1.1', 'h2', 'h2', 'http/1.0'] as const) })],
  [1, (_, { random }) => ({ body: 'z'.repeat(1 + random.below(3000)) })],
]

/** Changes of any request. */
const ofAny: readonly (readonly [number, Change])[] = [
  [5, (_, { words, random }) => ({ connect_authority: random.pick(words.authorities) })],
  [
    1,
    ({ connect_authority: known }, { random }) =>
      known === null ? {} : { connect_authority: random.pick(authorityTwists)(known, random) },
  ],
  [4, (_, { words, random }) => ({ peer_identity: random.pick(words.identities) })],
  [3, (_, { words, random }) => ({ source_ip: random.pick(words.sources) })],
  [1, (_, { random }) => ({ protocol: 'tcp', data: random.pick(['hello\n', 'SSH-2.0-x\r\n', 'GET / FTP\r\n\r\n']) })],
  [
    1,
    (_, { words, random }) => ({
      protocol: 'tls',
      sni: random.pick([null, ...words.names]),
      alpn: random.pick([['h2'], ['http/1.1'], [], ['istio'], ['h2', 'http/1.1']]),
    }),
  ],
]

const weighted = (changes: readonly (readonly [number, Change])[]): readonly Change[] =>
  changes.flatMap(([weight, change]) => Array.from({ length: weight }, () => change))

const changesOfAny = weighted(ofAny)
const changesOfHttp = [...weighted(ofHttp), ...changesOfAny]

const isHttp = ({ protocol }: RecordedRequest): boolean => ['http/1.1', 'http/1.0', 'h2'].includes(protocol)

const ofConnection = new Set(['connection', 'upgrade', 'keep-alive', 'transfer-encoding', 'proxy-connection', 'host'])

/** Node's HTTP/2 client refuses what belongs to a connection, and sends one line only of most headers. */
const sendable = (request: RecordedRequest): RecordedRequest => {
  const { headers = [], host, method = 'GET', scheme = 'http' } = request
  if (request.protocol !== 'h2') return request
  const lines = headers.map(([name, value]) => [name.toLowerCase(), value] as const)
  return {
    ...request,
    scheme,
    host: host ?? '',
    method: method === 'CONNECT' ? 'GET' : method,
    headers: lines.filter(
      ([name, value], index) =>
        !name.startsWith(':') &&
        !ofConnection.has(name) &&
        (name !== 'te' || value === 'trailers') &&
        (name.startsWith('x-') || lines.findIndex(([other]) => other === name) === index),
    ),
  }
}

/** A new request: one of the recorded with one to three changes. */
export const variantOf = (
  recorded: readonly RecordedRequest[],
  words: Words,
  random: Random,
  id: string,
): RecordedRequest => {
  let request: RecordedRequest = random.pick(recorded)
  for (let left = 1 + random.below(3); left > 0; left--)
    request = { ...request, ...random.pick(isHttp(request) ? changesOfHttp : changesOfAny)(request, { words, random }) }
  // A chunked body would have to follow, and the test's own number is new.
  const own = (request.headers ?? []).filter(([name]) => !/^(x-amb-id|transfer-encoding)$/i.test(name))
  const counts = own.some(([name]) => name === 'x-echo-fail-first')
  return sendable({ ...request, id, path: request.path || '/', headers: counts ? [...own, ['x-amb-id', id]] : own })
}
