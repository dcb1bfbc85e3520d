import type { Random } from '../../support/random.ts'
import { overrides } from './filters.ts'
import type { Json } from './json.ts'
import { clusterNames, fraction, headerNames, hosts, ownClusters, regexes, routeMatch } from './vocabulary.ts'

const values = ['v1', 'v2', '%REQ(x-a)%', '%REQ(:path)%', 'lit%%x', '%PROTOCOL%', '%REQ(x-none)%'] as const

/** `%START_TIME(%s)%` is what no dump tells. */
const formats = [
  '%UPSTREAM_CLUSTER%',
  '%UPSTREAM_CLUSTER_RAW%',
  '%RESPONSE_CODE%%RESPONSE_FLAGS%',
  '%RESPONSE_CODE_DETAILS%',
  '%PATH%',
  '%START_TIME(%s)%',
] as const

const changes = (random: Random): readonly Json[] =>
  random.times(1, 2, () => ({
    header: {
      key: random.pick(['x-add', 'x-add2', 'x-envoy-attempt-count', ...headerNames] as const),
      value: random.chance(0.75) ? random.pick(values) : random.pick(formats),
    },
    append_action: random.pick([
      'APPEND_IF_EXISTS_OR_ADD',
      'ADD_IF_ABSENT',
      'OVERWRITE_IF_EXISTS_OR_ADD',
      'OVERWRITE_IF_EXISTS',
    ] as const),
    ...random.maybe(0.3, () => ({ keep_empty_value: true })),
  }))

const regexRewrite = (random: Random): Json => ({
  pattern: { regex: random.pick(['^/foo(/?)(.*)', 'a', '/([a-z]+)', 'b*', ...regexes] as const) },
  substitution: random
    .pick(['/\\2', '/b', '/r-\\1', '/Z', '/x'] as const)
    .replace(/\\2/, random.chance(0.5) ? 'n' : 'm')
    .replace(/\\1/, 'k'),
})

const retries = (random: Random): Json => ({
  retry_on: random.pick([
    '5xx',
    'gateway-error',
    'reset',
    'connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes',
    'retriable-4xx',
    'retriable-status-codes',
  ] as const),
  ...random.maybe(0.7, () => ({ num_retries: 1 + random.below(3) })),
  ...random.maybe(0.3, () => ({ retriable_status_codes: [404, 503] })),
  ...random.maybe(0.15, () => ({ per_try_timeout: '0.4s' })),
})

const wantedSubset = (random: Random): Json => ({
  v: random.pick(['1', '2', '9'] as const),
  ...random.maybe(0.3, () => ({ s: 'a' })),
})

const mirror = (random: Random): Json => ({
  cluster: random.pick(['c2', 'c1', 'th2', 'empty', 'nosuch'] as const),
  ...random.maybe(0.5, () => ({ runtime_fraction: { default_value: fraction(random) } })),
  ...random.maybe(0.3, () => ({ disable_shadow_host_suffix_append: true })),
})

const hashPolicies = (random: Random): readonly Json[] =>
  random.times(1, 2, () => ({
    ...random.pick([
      { header: { header_name: 'x-a' } },
      { cookie: { name: 's' } },
      { connection_properties: { source_ip: true } },
      { query_parameter: { name: 'p' } },
    ]),
    ...random.maybe(0.3, () => ({ terminal: true })),
  }))

const forward = (random: Random): Json => ({
  ...random.pick<() => Json>([
    () => ({ cluster: random.pick(clusterNames) }),
    () => ({ cluster: random.pick([...clusterNames, ...ownClusters, ...ownClusters]) }),
    () => ({ cluster_header: 'x-cl' }),
    () => ({
      weighted_clusters: {
        ...random.maybe(0.4, () => ({ header_name: 'x-num' })),
        clusters: [
          {
            name: random.pick(['c0', 'c1'] as const),
            weight: 100,
            ...random.maybe(0.4, () => ({ request_headers_to_add: changes(random) })),
          },
          { name: random.pick(['c2', 't0', 'r0', 'nosuch'] as const), weight: random.pick([0, 0, 50] as const) },
        ],
      },
    }),
  ])(),
  ...random.maybe(0.5, () =>
    random.pick<() => Json>([
      () => ({ prefix_rewrite: random.pick(['/', '/new', '/bar'] as const) }),
      () => ({ regex_rewrite: regexRewrite(random) }),
      () => ({ host_rewrite_literal: 'literal.host' }),
      () => ({ host_rewrite_header: 'x-b' }),
    ])(),
  ),
  ...random.maybe(0.2, () => ({ append_x_forwarded_host: true })),
  ...random.maybe(0.2, () => ({
    cluster_not_found_response_code: random.pick(['NOT_FOUND', 'INTERNAL_SERVER_ERROR'] as const),
  })),
  ...random.maybe(0.2, () => ({ timeout: random.pick(['0s', '0.6s'] as const) })),
  ...random.maybe(0.2, () => ({ retry_policy: retries(random) })),
  ...random.maybe(0.25, () => ({ metadata_match: { filter_metadata: { 'envoy.lb': wantedSubset(random) } } })),
  ...random.maybe(0.1, () => ({
    upgrade_configs: [random.pick<Json>([{ upgrade_type: 'websocket', enabled: false }, { upgrade_type: 'other' }])],
  })),
  ...random.maybe(0.1, () => ({ request_mirror_policies: [mirror(random)] })),
  ...random.maybe(0.15, () => ({ hash_policy: hashPolicies(random) })),
})

const redirect = (random: Random): Json => ({
  ...random.maybe(0.5, () => ({ host_redirect: 'new.host' })),
  ...random.maybe(0.3, () => ({ https_redirect: true })),
  ...random.maybe(0.3, () => ({ port_redirect: 8443 })),
  ...random.maybe(0.5, () =>
    random.pick<() => Json>([
      () => ({ path_redirect: random.pick(['/n', '/n?z=1'] as const) }),
      () => ({ prefix_rewrite: '/p' }),
      () => ({ regex_rewrite: regexRewrite(random) }),
    ])(),
  ),
  ...random.maybe(0.3, () => ({ strip_query: true })),
  ...random.maybe(0.5, () => ({
    response_code: random.pick(['FOUND', 'SEE_OTHER', 'TEMPORARY_REDIRECT', 'PERMANENT_REDIRECT'] as const),
  })),
})

/** A 204 carries no body that HTTP/2 clients would take. */
const direct = (random: Random): Json => {
  const status = random.pick([200, 201, 204, 301, 403, 503] as const)
  return status === 204 ? { status } : { status, body: { inline_string: 'direct' } }
}

/** Envoy refuses a prefix rewrite beside a template. */
const fitting = (made: Json): Json => {
  const templated = 'path_match_policy' in (made.match as Json)
  if (!templated) return made
  const without = (action: unknown): Json => {
    const { prefix_rewrite: _, ...kept } = action as Json
    return kept
  }
  if (made.route !== undefined) return { ...made, route: without(made.route) }
  return made.redirect === undefined ? made : { ...made, redirect: without(made.redirect) }
}

const route = (random: Random, name: string): Json =>
  fitting({
    name,
    match: routeMatch(random),
    ...random.pick<() => Json>([
      () => ({ route: forward(random) }),
      () => ({ route: forward(random) }),
      () => ({ route: forward(random) }),
      () => ({ redirect: redirect(random) }),
      () => ({ direct_response: direct(random) }),
    ])(),
    ...random.maybe(0.3, () => ({ request_headers_to_add: changes(random) })),
    ...random.maybe(0.15, () => ({ request_headers_to_remove: ['x-a'] })),
    ...random.maybe(0.15, () => ({
      response_headers_to_add: [
        {
          header: { key: 'x-resp', value: random.pick([name, name, '%UPSTREAM_CLUSTER%', '%RESPONSE_CODE%'] as const) },
        },
      ],
    })),
    ...overrides(random),
  })

const domainSets = (random: Random): readonly (readonly string[])[] => {
  const all = random.chance(0.4) ? [['*']] : [[random.pick(hosts).toLowerCase()], ['*a.com', 'foo.*'], ['*']]
  const seen = new Set<string>()
  return all
    .slice(0, random.chance(0.8) ? all.length : 2)
    .map(domains => domains.filter(domain => !seen.has(domain) && seen.add(domain)))
}

export const virtualHosts = (random: Random): readonly Json[] =>
  domainSets(random)
    .filter(domains => domains.length > 0)
    .map((domains, index) => ({
      name: `vh${index}`,
      domains,
      routes: random.times(1, 5, at => route(random, `r${index}${at}@@${index}.${at}`)),
      ...random.maybe(0.2, () => ({ request_headers_to_add: changes(random) })),
      ...random.maybe(0.2, () => ({ include_request_attempt_count: true })),
      ...random.maybe(0.06, () => ({ require_tls: 'ALL' })),
    }))
