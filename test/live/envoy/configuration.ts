import type { Random } from '../../support/random.ts'
import {
  clusterNames,
  destinations,
  headerNames,
  hosts,
  ports,
  rbacRules,
  regexes,
  routeMatch,
  stringMatcher,
} from './vocabulary.ts'

type Json = Record<string, unknown>

const api = 'type.googleapis.com/envoy.'
const typed = (type: string, members: Json = {}): Json => ({ '@type': `${api}${type}`, ...members })
const filter = (name: string, type: string, members: Json = {}): Json => ({ name, typed_config: typed(type, members) })

const logFields = {
  id: '%FILTER_STATE(amb.id:PLAIN)%',
  code: '%RESPONSE_CODE%',
  flags: '%RESPONSE_FLAGS%',
  details: '%RESPONSE_CODE_DETAILS%',
  ctd: '%CONNECTION_TERMINATION_DETAILS%',
  chain: '%FILTER_CHAIN_NAME%',
  route: '%ROUTE_NAME%',
  cluster: '%UPSTREAM_CLUSTER_RAW%',
  upstream_host: '%UPSTREAM_HOST%',
  rid: '%REQ(X-AMB-ID)%',
  rbac_metadata: '%DYNAMIC_METADATA(envoy.filters.http.rbac)%',
}

const accessLog = (hop: string): readonly Json[] => [
  filter('file', 'extensions.access_loggers.file.v3.FileAccessLog', {
    path: 'access.jsonl',
    log_format: { json_format: { ...logFields, hop }, omit_empty_values: true },
  }),
]

const setState = (key: string, format: string, shared: string, factory?: string): Json => ({
  object_key: key,
  shared_with_upstream: shared,
  format_string: { text_format_source: { inline_string: format } },
  ...(factory === undefined ? {} : { factory_key: factory }),
})

const router = filter('envoy.filters.http.router', 'extensions.filters.http.router.v3.Router')

const connectTerminate = (suffix: string, port: number): Json => ({
  name: `connect_terminate${suffix}`,
  address: { socket_address: { address: '127.0.0.1', port_value: port } },
  access_log: accessLog('L:connect_terminate'),
  filter_chains: [
    {
      name: 'default',
      filters: [
        filter('hcm', 'extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
          stat_prefix: 'outer',
          access_log: accessLog('H:connect_terminate'),
          http2_protocol_options: { allow_connect: true },
          upgrade_configs: [{ upgrade_type: 'CONNECT' }],
          route_config: {
            name: 'default',
            virtual_hosts: [
              {
                name: 'default',
                domains: ['*'],
                routes: [
                  {
                    match: { connect_matcher: {} },
                    route: {
                      cluster: `main_internal${suffix}`,
                      upgrade_configs: [{ upgrade_type: 'CONNECT', connect_config: {} }],
                    },
                  },
                ],
              },
            ],
          },
          http_filters: [
            filter('connect_authority', 'extensions.filters.http.set_filter_state.v3.Config', {
              on_request_headers: [
                setState('envoy.filters.listener.original_dst.local_ip', '%REQ(:AUTHORITY)%', 'ONCE'),
                setState('envoy.filters.listener.original_dst.remote_ip', '%DOWNSTREAM_REMOTE_ADDRESS%', 'ONCE'),
                setState('io.istio.peer_principal', '%DOWNSTREAM_PEER_URI_SAN%', 'ONCE', 'envoy.string'),
                setState('amb.id', '%REQ(X-AMB-ID)%', 'TRANSITIVE', 'envoy.string'),
              ],
            }),
            router,
          ],
        }),
      ],
      transport_socket: {
        name: 'tls',
        typed_config: typed('extensions.transport_sockets.tls.v3.DownstreamTlsContext', {
          require_client_certificate: true,
          common_tls_context: {
            alpn_protocols: ['h2'],
            tls_certificates: [
              { certificate_chain: { filename: 'waypoint.crt' }, private_key: { filename: 'waypoint.key' } },
            ],
            validation_context: { trusted_ca: { filename: 'ca.crt' } },
          },
        }),
      },
    },
  ],
})

const changes = (random: Random): readonly Json[] =>
  random.times(1, 2, () => ({
    header: {
      key: random.pick(['x-add', 'x-add2', ...headerNames] as const),
      value: random.pick(['v1', 'v2', '%REQ(x-a)%', '%REQ(:path)%', 'lit%%x', '%PROTOCOL%', '%REQ(x-none)%'] as const),
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
    .pick(['/\\2', 'b', '/r-\\1', 'Z', '/x'] as const)
    .replace(/\\2/, random.chance(0.5) ? 'n' : 'm')
    .replace(/\\1/, 'k'),
})

const forward = (random: Random): Json => ({
  ...random.pick<() => Json>([
    () => ({ cluster: random.pick(clusterNames) }),
    () => ({ cluster: random.pick(clusterNames) }),
    () => ({ cluster_header: 'x-cl' }),
    () => ({
      weighted_clusters: {
        clusters: [
          {
            name: random.pick(['c0', 'c1'] as const),
            weight: 100,
            ...random.maybe(0.4, () => ({ request_headers_to_add: changes(random) })),
          },
          { name: 'c2', weight: 0 },
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
  ...random.maybe(0.2, () => ({ timeout: '0s' })),
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

const fault = (random: Random): Json => ({
  abort: {
    ...random.pick([{ http_status: 418 }, { http_status: 503 }, { grpc_status: 14 }]),
    percentage: { numerator: random.pick([0, 100, 100] as const) },
  },
  ...random.maybe(0.4, () => ({ upstream_cluster: 'c0' })),
})

const cors = (random: Random): Json => ({
  allow_origin_string_match: random.times(0, 2, () => stringMatcher(random, ['http://a.com', 'http://foo.org', '*'])),
  ...random.maybe(0.5, () => ({ allow_methods: 'GET,POST' })),
  ...random.maybe(0.5, () => ({ allow_credentials: true })),
  ...random.maybe(0.5, () => ({ expose_headers: 'x-e' })),
  ...random.maybe(0.5, () => ({ forward_not_matching_preflights: random.chance(0.5) })),
})

const overrides = (random: Random): Json => {
  const disabled = typed('config.route.v3.FilterConfig', { disabled: true })
  const some: Json = {}
  if (random.chance(0.25))
    some.rbac = random.chance(0.3)
      ? disabled
      : typed(
          'extensions.filters.http.rbac.v3.RBACPerRoute',
          random.maybe(0.7, () => ({ rbac: { rules: rbacRules(random) } })),
        )
  if (random.chance(0.2))
    some.fault = random.chance(0.2) ? disabled : typed('extensions.filters.http.fault.v3.HTTPFault', fault(random))
  if (random.chance(0.3))
    some.cors = random.chance(0.2) ? disabled : typed('extensions.filters.http.cors.v3.CorsPolicy', cors(random))
  return Object.keys(some).length === 0 ? {} : { typed_per_filter_config: some }
}

/** A 204 carries no body that HTTP/2 clients would take. */
const direct = (random: Random): Json => {
  const status = random.pick([200, 204, 403, 503] as const)
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
    ...random.maybe(0.15, () => ({ response_headers_to_add: [{ header: { key: 'x-resp', value: name } }] })),
    ...overrides(random),
  })

const domainSets = (random: Random): readonly (readonly string[])[] => {
  const all = random.chance(0.4) ? [['*']] : [[random.pick(hosts).toLowerCase()], ['*a.com', 'foo.*'], ['*']]
  const seen = new Set<string>()
  return all
    .slice(0, random.chance(0.8) ? all.length : 2)
    .map(domains => domains.filter(domain => !seen.has(domain) && seen.add(domain)))
}

const virtualHosts = (random: Random): readonly Json[] =>
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

const rbacFilter = (random: Random, name: string): Json =>
  filter(name, 'extensions.filters.http.rbac.v3.RBAC', {
    ...random.maybe(0.8, () => ({ rules: rbacRules(random) })),
    ...random.maybe(0.3, () => ({ shadow_rules: rbacRules(random), shadow_rules_stat_prefix: 'sh_' })),
  })

const httpFilters = (random: Random): readonly Json[] => {
  const optional: readonly Json[] = [
    filter('h2m', 'extensions.filters.http.header_to_metadata.v3.Config', {
      request_rules: [
        {
          header: 'x-a',
          on_header_present: { metadata_namespace: 'h2m', key: 'a' },
          on_header_missing: { metadata_namespace: 'h2m', key: 'a', value: 'ab' },
        },
        { header: 'x-b', on_header_present: { metadata_namespace: 'h2m', key: 'b' } },
      ],
    }),
    filter('set_md', 'extensions.filters.http.set_metadata.v3.Config', {
      metadata: [{ metadata_namespace: 'test.md', value: { role: 'admin', num: 3, ok: true, list: ['x', 'y'] } }],
    }),
    filter('hm', 'extensions.filters.http.header_mutation.v3.HeaderMutation', {
      mutations: {
        request_mutations: [
          { append: { header: { key: 'x-set', value: 'p' }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' } },
          { remove: 'x-b' },
        ],
      },
    }),
    rbacFilter(random, 'rbac2'),
  ]
  const always = [
    rbacFilter(random, 'rbac'),
    filter('fault', 'extensions.filters.http.fault.v3.HTTPFault'),
    filter('cors', 'extensions.filters.http.cors.v3.Cors'),
  ]
  const chosen = [...optional.filter(() => random.chance(0.4)), ...always]
  return [...chosen.sort(() => random.next() - 0.5), router]
}

const httpChain = (random: Random, name: string): Json => ({
  name,
  filters: [
    ...(random.chance(0.15) ? [networkRbac(random)] : []),
    filter('hcm', 'extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
      stat_prefix: name,
      access_log: accessLog('H:main_internal'),
      use_remote_address: false,
      stream_idle_timeout: '0s',
      upgrade_configs: [{ upgrade_type: 'websocket' }],
      ...random.maybe(0.6, () => ({ normalize_path: true })),
      ...random.maybe(0.4, () => ({ merge_slashes: true })),
      ...random.maybe(0.4, () => ({
        path_with_escaped_slashes_action: random.pick([
          'REJECT_REQUEST',
          'UNESCAPE_AND_REDIRECT',
          'UNESCAPE_AND_FORWARD',
        ] as const),
      })),
      ...random.maybe(0.2, () =>
        random.pick<() => Json>([() => ({ strip_any_host_port: true }), () => ({ strip_matching_host_port: true })])(),
      ),
      ...random.maybe(0.2, () => ({ strip_trailing_host_dot: true })),
      ...random.maybe(0.2, () => ({ xff_num_trusted_hops: 1 })),
      ...random.maybe(0.15, () => ({ http_protocol_options: { accept_http_10: true } })),
      route_config: {
        name,
        validate_clusters: false,
        virtual_hosts: virtualHosts(random),
        ...random.maybe(0.2, () => ({ most_specific_header_mutations_wins: true })),
        ...random.maybe(0.2, () => ({ ignore_port_in_host_matching: true })),
        ...random.maybe(0.2, () => ({ ignore_path_parameters_in_path_matching: true })),
      },
      http_filters: httpFilters(random),
    }),
  ],
})

const networkRbac = (random: Random): Json =>
  filter('nrbac', 'extensions.filters.network.rbac.v3.RBAC', {
    stat_prefix: 'x',
    rules: rbacRules(random, 'connection'),
  })

const tcpChain = (random: Random, name: string): Json => ({
  name,
  filters: [
    ...(random.chance(0.4) ? [networkRbac(random)] : []),
    filter('tcp', 'extensions.filters.network.tcp_proxy.v3.TcpProxy', {
      stat_prefix: name,
      cluster: random.pick(clusterNames),
      access_log: accessLog('T:main_internal'),
    }),
  ],
})

const input = (type: string): Json => ({
  name: type,
  typed_config: typed(`extensions.matching.common_inputs.network.v3.${type}`),
})
const to = (chain: string): Json => ({
  action: { name: chain, typed_config: { '@type': 'type.googleapis.com/google.protobuf.StringValue', value: chain } },
})

const matcher = (random: Random, chains: readonly [string, ...string[]], depth = 0): Json => {
  const onMatch = (): Json =>
    depth < 2 && random.chance(0.4) ? { matcher: matcher(random, chains, depth + 1) } : to(random.pick(chains))
  const tree = random.pick<() => Json>([
    () => ({
      input: input('DestinationIPInput'),
      custom_match: {
        name: 'ip',
        typed_config: {
          '@type': 'type.googleapis.com/xds.type.matcher.v3.IPMatcher',
          range_matchers: random.times(1, 3, () => ({
            ranges: [
              {
                address_prefix: random.pick(destinations).replace(/[[\]]/g, ''),
                prefix_len: random.pick([0, 8, 16, 24, 32] as const),
              },
            ],
            on_match: onMatch(),
            ...random.maybe(0.15, () => ({ exclusive: true })),
          })),
        },
      },
    }),
    () => ({
      input: input('DestinationPortInput'),
      exact_match_map: { map: Object.fromEntries(random.times(1, 3, () => [`${random.pick(ports)}`, onMatch()])) },
    }),
    () => ({ input: input('DestinationPortInput'), prefix_match_map: { map: { '8': onMatch(), '80': onMatch() } } }),
    () => ({
      input: input('ApplicationProtocolInput'),
      exact_match_map: { map: { "'h2c'": to(chains[0]), "'http/1.1'": to(chains[0]) } },
    }),
  ])()
  return {
    matcher_tree: tree,
    ...random.maybe(depth === 0 ? 0.9 : 0.5, () => ({ on_no_match: to(random.pick(chains)) })),
  }
}

const mainInternal = (random: Random, suffix: string): Json => {
  const chains = [httpChain(random, 'h0'), httpChain(random, 'h1'), tcpChain(random, 't0')]
  const names = ['h0', 'h1', 'h0', 'h1', 't0'] as const
  return {
    name: `main_internal${suffix}`,
    internal_listener: {},
    access_log: accessLog('L:main_internal'),
    listener_filters_timeout: '8s',
    listener_filters: [
      filter('original_dst', 'extensions.filters.listener.original_dst.v3.OriginalDst'),
      {
        ...filter('http_inspector', 'extensions.filters.listener.http_inspector.v3.HttpInspector'),
        ...random.maybe(0.3, () => ({ filter_disabled: { destination_port_range: { start: 443, end: 444 } } })),
      },
      ...(random.chance(0.3)
        ? [filter('tls_inspector', 'extensions.filters.listener.tls_inspector.v3.TlsInspector')]
        : []),
    ],
    filter_chains: chains,
    filter_chain_matcher: matcher(random, names),
  }
}

const endpoint = (address: string, port: number, members: Json = {}): Json => ({
  endpoint: { address: { socket_address: { address, port_value: port } } },
  ...members,
})

export const upstreamPort = 18080
export const upstreamAddresses = ['127.0.1.1', '127.0.1.2', '127.0.1.3', '127.0.2.1', '127.0.2.2', '127.0.5.1'] as const

const cluster = (name: string, endpoints: readonly Json[], members: Json = {}): Json => ({
  name,
  connect_timeout: '1s',
  load_assignment: { cluster_name: name, endpoints },
  ...members,
})

const unhealthy = { health_status: 'UNHEALTHY' }
const noPanic = { common_lb_config: { healthy_panic_threshold: {} } }

const sharedClusters = (): readonly Json[] => [
  ...['127.0.1.1', '127.0.1.2', '127.0.1.3'].map((address, index) =>
    cluster(`c${index}`, [{ lb_endpoints: [endpoint(address, upstreamPort)] }]),
  ),
  cluster(
    'two',
    [{ lb_endpoints: [endpoint('127.0.2.1', upstreamPort), endpoint('127.0.2.2', upstreamPort, unhealthy)] }],
    noPanic,
  ),
  cluster('prio', [
    { lb_endpoints: [endpoint('127.0.2.1', upstreamPort, unhealthy)] },
    { priority: 1, lb_endpoints: [endpoint('127.0.2.2', upstreamPort)] },
  ]),
  cluster('panic', [{ lb_endpoints: [endpoint('127.0.5.1', upstreamPort, unhealthy)] }]),
  cluster('empty', []),
  cluster(
    'unhealthy',
    [{ lb_endpoints: [endpoint('127.0.5.1', upstreamPort, { health_status: 'DRAINING' })] }],
    noPanic,
  ),
  cluster('refused', [{ lb_endpoints: [endpoint('127.0.3.1', 4)] }]),
]

const internalCluster = (suffix: string): Json =>
  cluster(
    `main_internal${suffix}`,
    [
      {
        lb_endpoints: [
          { endpoint: { address: { envoy_internal_address: { server_listener_name: `main_internal${suffix}` } } } },
        ],
      },
    ],
    {
      transport_socket: {
        name: 'internal_upstream',
        typed_config: typed('extensions.transport_sockets.internal_upstream.v3.InternalUpstreamTransport', {
          transport_socket: {
            name: 'raw_buffer',
            typed_config: typed('extensions.transport_sockets.raw_buffer.v3.RawBuffer'),
          },
        }),
      },
    },
  )

/** One waypoint skeleton with a random main_internal, told from others in the same process by its suffix. */
export interface Skeleton {
  readonly suffix: string
  readonly port: number
  readonly random: Random
}

export const configurationOf = (skeletons: readonly Skeleton[]): Json => ({
  admin: { address: { socket_address: { address: '127.0.0.1', port_value: 0 } } },
  bootstrap_extensions: [
    filter('envoy.bootstrap.internal_listener', 'extensions.bootstrap.internal_listener.v3.InternalListener'),
  ],
  static_resources: {
    listeners: skeletons.flatMap(({ suffix, port, random }) => [
      connectTerminate(suffix, port),
      mainInternal(random, suffix),
    ]),
    clusters: [...sharedClusters(), ...skeletons.map(({ suffix }) => internalCluster(suffix))],
  },
})
