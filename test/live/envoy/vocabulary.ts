import type { Random } from '../../support/random.ts'

import { condition } from './cel.ts'
import type { Json } from './json.ts'

export const hosts = [
  'a.com',
  'A.com',
  'a.com:80',
  'a.com.',
  'a.com.:80',
  'a.com:8080',
  '',
  'b.a.com',
  'x.b.a.com',
  'foo.org',
  'foo.net.au',
  '10.0.0.1',
  '[::1]:80',
] as const
export const paths = [
  '/',
  '/foo',
  '/foo/',
  '/FOO/bar',
  '/foo/bar',
  '/foobar',
  '/a/b/c',
  '/a//b',
  '//foo',
  '/a/../b',
  '/a/./b/',
  '/%66oo',
  '/a%2Fb',
  '/a%5cb',
  '/foo;v=1',
  '/foo;v=1/bar;w=2',
  '/x/..;v=1/admin;y',
  '/.;/foo',
  '/api/v1/x',
  '/x.js',
  '/admin',
  '/%2e%2e/admin',
  '/a b'.replace(' ', '+'),
  `/long/${'x'.repeat(3000)}`,
] as const
export const queries = ['', '', '?p=1', '?p', '?q=foo&p=2', '?%70=1', '?p=1&p=2', '?p=a%20b'] as const
export const headerNames = ['x-a', 'x-b', 'x-num', 'x-list', 'cookie', 'content-type', 'user-agent'] as const
export const values = [
  '',
  '1',
  '2',
  'a',
  'ab',
  'abc',
  'ABC',
  'foo',
  'foobar',
  'a,b',
  '15',
  '-1',
  '10.0',
  's=1; t=2',
  'application/grpc',
  'application/json',
  ' foo',
  'abc ',
  ' application/grpc ',
  'café',
] as const
export const regexes = [
  'a.*',
  '.*b',
  '[a-z]+',
  '(?i)foo.*',
  '\\d+',
  '/foo.*',
  '.+',
  '1|a',
  'a|b.*',
  '/[a-z]+/?',
  '^foo$',
  '^a',
  'b$',
  'caf.',
] as const
export const identities = [
  'spiffe://cluster.local/ns/default/sa/sleep',
  'spiffe://cluster.local/ns/Default/sa/sleep',
  'spiffe://cluster.local/ns/x/ns/default/sa/sleep',
  'spiffe://old-td/ns/default/sa/sleep',
  '(certificate without SAN, CN=no-san)',
] as const
export const destinations = ['10.96.0.1', '10.96.0.2', '10.96.1.1', '10.97.0.1', '[fd00::1]'] as const
export const ports = [80, 81, 443, 8080] as const
export const sources = ['127.0.9.1', '127.0.9.2', '127.1.0.5'] as const
export const clusterNames = [
  'c0',
  'c1',
  'c2',
  'two',
  'prio',
  'panic',
  'empty',
  'unhealthy',
  'refused',
  'h2',
  'loc',
  't0',
  't2',
  'twp',
  'th2',
  'tno',
  'tdouble',
  'nosuch',
] as const
/** Clusters of one configuration, which others in the process must not see. */
export const ownClusters = ['r0', 'r1', 'r2'] as const
const methods = ['GET', 'POST', 'OPTIONS', 'DELETE'] as const

export const stringMatcher = (random: Random, of: readonly [string, ...string[]]): Json => {
  const value = random.pick(of)
  const kind = random.pick(['exact', 'prefix', 'suffix', 'contains', 'safe_regex'] as const)
  if (kind === 'safe_regex') return { safe_regex: { regex: random.pick(regexes) } }
  const cut = value === '' ? 'a' : value.slice(0, 1 + random.below(value.length))
  const text = kind === 'exact' ? value : kind === 'suffix' ? value.slice(-2) || 'a' : cut
  return { [kind]: text, ...random.maybe(0.3, () => ({ ignore_case: true })) }
}

export const headerMatcher = (random: Random): Json => {
  const name = random.pick([
    'x-a',
    'x-b',
    'x-num',
    'x-list',
    'content-type',
    'cookie',
    ':method',
    ':authority',
    ':path',
    'X-A',
  ] as const)
  const common = {
    name,
    ...random.maybe(0.3, () => ({ invert_match: true })),
    ...random.maybe(0.25, () => ({ treat_missing_header_as_empty: true })),
  }
  const of = name === ':method' ? methods : name === ':authority' ? hosts : name === ':path' ? paths : values
  const kind = random.pick(['string', 'string', 'string', 'present', 'range', 'none'] as const)
  if (kind === 'present') return { ...common, present_match: random.chance(0.6) }
  if (kind === 'range')
    return { ...common, range_match: { start: `${random.below(12)}`, end: `${12 + random.below(9)}` } }
  return kind === 'none' ? common : { ...common, string_match: stringMatcher(random, of) }
}

const jwtNamespace = 'envoy.filters.http.jwt_authn'

export const metadataMatcher = (random: Random): Json => {
  const filter = random.pick(['h2m', 'test.md', 'absent.ns', jwtNamespace, jwtNamespace] as const)
  const key = random.pick(['a', 'b', 'role', 'num', 'list', 'ok'] as const)
  const claim = random.pick(['sub', 'aud', 'scope', 'groups', 'level', 'iss'] as const)
  const value = random.pick<Json>([
    { string_match: stringMatcher(random, values) },
    { string_match: { exact: 'admin' } },
    { present_match: random.chance(0.5) },
    { double_match: { exact: 3 } },
    { bool_match: random.chance(0.5) },
    { list_match: { one_of: { string_match: { exact: 'x' } } } },
    { string_match: { prefix: 'a' } },
    { null_match: {} },
  ])
  const path = filter === jwtNamespace ? [{ key: 'payload' }, { key: claim }] : [{ key }]
  return { filter, path, value, ...random.maybe(0.3, () => ({ invert: true })) }
}

const cidr = (random: Random, of: readonly [string, ...string[]], lengths: readonly [number, ...number[]]): Json => ({
  address_prefix: random.pick(of).replace(/[[\]]/g, ''),
  prefix_len: random.pick(lengths),
})

const template = (random: Random): Json => ({
  name: 'envoy.path.match.uri_template.uri_template_matcher',
  typed_config: {
    '@type': 'type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig',
    path_template: random.pick(['/{a=*}/{b=**}', '/foo/**', '/a/*/c', '/**.js', '/api/{v=v1}/**'] as const),
  },
})

type Leaf = (random: Random) => Json

/** A share of requests: all, none, or some. */
export const fraction = (random: Random): Json => {
  const [numerator, denominator] = random.pick([
    [0, undefined],
    [100, undefined],
    [100, 'HUNDRED'],
    [30, undefined],
    [2500, 'TEN_THOUSAND'],
    [999_999, 'MILLION'],
    [200, undefined],
  ] as const)
  return { numerator, ...(denominator === undefined ? {} : { denominator }) }
}

/** What can be asked of a connection; the rest needs a request, and the network filter refuses it. */
const ofConnection: Readonly<Record<'rules' | 'ids', readonly [Leaf, ...Leaf[]]>> = {
  rules: [
    () => ({ any: true }),
    random => ({ destination_ip: cidr(random, destinations, [0, 8, 16, 24, 32]) }),
    random => ({ destination_port: random.pick(ports) }),
    random => ({ destination_port_range: { start: 80, end: random.pick([81, 82, 444, 9000] as const) } }),
    random => ({ metadata: metadataMatcher(random) }),
    random => ({ requested_server_name: stringMatcher(random, hosts) }),
  ],
  ids: [
    () => ({ any: true }),
    random => ({ authenticated: random.maybe(0.7, () => ({ principal_name: stringMatcher(random, identities) })) }),
    random => ({ filter_state: { key: 'io.istio.peer_principal', string_match: stringMatcher(random, identities) } }),
    random => ({ filter_state: { key: 'io.istio.peer_principal', string_match: stringMatcher(random, identities) } }),
    random => ({ source_ip: cidr(random, sources, [0, 8, 24, 32]) }),
    random => ({ remote_ip: cidr(random, ['127.0.9.1', '1.2.3.4', '127.1.0.5'], [0, 8, 24, 32]) }),
    random => ({ direct_remote_ip: cidr(random, sources, [0, 8, 32]) }),
    random => ({ metadata: metadataMatcher(random) }),
  ],
}

const ofRequest: Readonly<Record<'rules' | 'ids', readonly [Leaf, ...Leaf[]]>> = {
  rules: [
    ...ofConnection.rules,
    random => ({ header: headerMatcher(random) }),
    random => ({ url_path: { path: stringMatcher(random, paths) } }),
    random => ({ url_path: { path: stringMatcher(random, paths) } }),
    random => ({ uri_template: template(random) }),
  ],
  ids: [
    ...ofConnection.ids,
    random => ({ header: headerMatcher(random) }),
    random => ({ url_path: { path: stringMatcher(random, paths) } }),
  ],
}

const nested = (random: Random, leaves: readonly [Leaf, ...Leaf[]], suffix: 'rules' | 'ids', depth: number): Json => {
  const singular = suffix === 'rules' ? 'rule' : 'id'
  if (depth > 2 || random.chance(0.6)) return random.pick(leaves)(random)
  const inner = () => nested(random, leaves, suffix, depth + 1)
  const kind = random.pick(['and', 'or', 'not'] as const)
  return kind === 'not'
    ? { [`not_${singular}`]: inner() }
    : { [`${kind}_${suffix}`]: { [suffix]: random.times(1, 3, inner) } }
}

export const rbacRules = (random: Random, on: 'request' | 'connection' = 'request'): Json => {
  const leaves = on === 'request' ? ofRequest : ofConnection
  return {
    ...random.maybe(0.6, () => ({ action: random.pick(['DENY', 'DENY', 'DENY', 'DENY', 'LOG'] as const) })),
    policies: Object.fromEntries(
      random.times(0, 3, index => [
        random.pick([`ns[x]-policy[p${index}]-rule[0]`, `p ${index}`, `${9 - index}`] as const),
        {
          permissions: random.times(1, 2, () => nested(random, leaves.rules, 'rules', 0)),
          principals: random.times(1, 2, () => nested(random, leaves.ids, 'ids', 0)),
          ...random.maybe(on === 'request' ? 0.15 : 0, () => ({ condition: condition(random) })),
        },
      ]),
    ),
  }
}

const pathMatch = (random: Random): Json =>
  random.pick<Leaf>([
    () => ({ prefix: random.pick(['/', '/foo', '/a', '', '/api/'] as const) }),
    () => ({ prefix: random.pick(['/', '/FOO', '/A'] as const), case_sensitive: false }),
    () => ({ path: random.pick(paths).replace(/[?#].*/, '') }),
    () => ({ path_separated_prefix: random.pick(['/foo', '/a/b', '/api'] as const) }),
    () => ({ safe_regex: { regex: random.pick(['/foo.*', '/[a-z]+', '/a.*', '.*\\.js', '/(foo|a)(/.*)?'] as const) } }),
    () => ({ path_match_policy: template(random) }),
  ])(random)

export const routeMatch = (random: Random): Json => ({
  ...pathMatch(random),
  ...random.maybe(0.4, () => ({ headers: random.times(1, 2, () => headerMatcher(random)) })),
  ...random.maybe(0.25, () => ({
    query_parameters: [
      {
        name: random.pick(['p', 'q', '%70'] as const),
        ...random.maybe(0.7, () => ({ string_match: stringMatcher(random, values) })),
      },
    ],
  })),
  ...random.maybe(0.08, () => ({ dynamic_metadata: [metadataMatcher(random)] })),
  ...random.maybe(0.08, () => ({ grpc: {} })),
  ...random.maybe(0.06, () => ({ runtime_fraction: { default_value: fraction(random) } })),
  ...random.maybe(0.06, () => ({ tls_context: { presented: random.chance(0.5) } })),
  ...random.maybe(0.1, () => ({
    filter_state: [{ key: 'io.istio.peer_principal', string_match: stringMatcher(random, identities) }],
  })),
})
