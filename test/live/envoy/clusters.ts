import type { Random } from '../../support/random.ts'
import { internalUpstream, type Json, typed } from './json.ts'

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

const httpOptions = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
const http2 = (options: Json = {}): Json => ({
  typed_extension_protocol_options: {
    [httpOptions]: typed('extensions.upstreams.http.v3.HttpProtocolOptions', {
      explicit_http_config: { http2_protocol_options: options },
    }),
  },
})

export const tunnelPort = 15008
/** A gateway of another network, behind which ztunnels take a second tunnel. */
export const farGateway = '127.0.8.1'
/** Ztunnels that take tunnels, and one that answers CONNECT with 401. */
export const tunnelAddresses = ['127.0.7.1', '127.0.7.2', '127.0.66.1', farGateway] as const

/** An endpoint behind a ztunnel, or behind another waypoint. */
const tunnelled = (destination: string, waypoint?: string): Json => ({
  endpoint: {
    address: { envoy_internal_address: { server_listener_name: 'connect_originate', endpoint_id: destination } },
  },
  metadata: {
    filter_metadata: {
      'envoy.filters.listener.original_dst': { local: destination, ...(waypoint === undefined ? {} : { waypoint }) },
    },
  },
})

const throughTunnels = {
  transport_socket: internalUpstream({
    passthrough_metadata: [{ name: 'envoy.filters.listener.original_dst', kind: { host: {} } }],
  }),
}

const tunnelCluster = (name: string, endpoints: readonly Json[], members: Json = {}): Json =>
  cluster(name, [{ lb_endpoints: endpoints }], { ...throughTunnels, ...members })

/** An endpoint of another network: a tunnel to its own waypoint or ztunnel, inside one to the gateway. */
const farAway = (target: string): Json => ({
  endpoint: {
    address: { envoy_internal_address: { server_listener_name: 'inner_connect_originate', endpoint_id: target } },
  },
  metadata: {
    filter_metadata: {
      'envoy.filters.listener.original_dst': { local: `${farGateway}:${tunnelPort}` },
      istio: { double_hbone: { hbone_target_address: target } },
    },
  },
})

const tls = (): Json => ({
  name: 'tls',
  typed_config: typed('extensions.transport_sockets.tls.v3.UpstreamTlsContext', {
    common_tls_context: {
      alpn_protocols: ['h2'],
      tls_certificates: [
        { certificate_chain: { filename: 'waypoint.crt' }, private_key: { filename: 'waypoint.key' } },
      ],
      validation_context: { trusted_ca: { filename: 'ca.crt' } },
    },
  }),
})

const doubleTunnel = (): readonly Json[] => [
  cluster('tdouble', [{ lb_endpoints: [farAway('app.far:8080')] }], {
    transport_socket: internalUpstream({
      passthrough_metadata: ['envoy.filters.listener.original_dst', 'istio'].map(name => ({
        name,
        kind: { host: {} },
      })),
    }),
  }),
  cluster(
    'inner_connect_originate',
    [
      {
        lb_endpoints: [
          { endpoint: { address: { envoy_internal_address: { server_listener_name: 'outer_connect_originate' } } } },
        ],
      },
    ],
    { transport_socket: internalUpstream({ transport_socket: tls() }), ...http2({ allow_connect: true }) },
  ),
  {
    name: 'outer_connect_originate',
    type: 'ORIGINAL_DST',
    lb_policy: 'CLUSTER_PROVIDED',
    connect_timeout: '2s',
    original_dst_lb_config: { upstream_port_override: tunnelPort },
    ...http2({ allow_connect: true }),
    transport_socket: tls(),
  },
]

const tunnels = (): readonly Json[] => [
  tunnelCluster('t0', [tunnelled('127.0.7.1:8080')]),
  tunnelCluster('t2', [tunnelled('127.0.7.1:8081'), tunnelled('127.0.7.2:8081')]),
  tunnelCluster('twp', [tunnelled('10.3.0.1:8080', `127.0.7.2:${tunnelPort}`)]),
  tunnelCluster('th2', [tunnelled('127.0.7.1:8082')], http2()),
  tunnelCluster('tno', [tunnelled('127.0.66.1:8080')]),
  {
    name: 'connect_originate',
    type: 'ORIGINAL_DST',
    lb_policy: 'CLUSTER_PROVIDED',
    connect_timeout: '2s',
    original_dst_lb_config: {
      upstream_port_override: tunnelPort,
      metadata_key: { key: 'envoy.filters.listener.original_dst', path: [{ key: 'waypoint' }] },
    },
    ...http2({ allow_connect: true }),
    transport_socket: tls(),
  },
]

export const sharedClusters = (): readonly Json[] => [
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
  cluster('h2', [{ lb_endpoints: [endpoint('127.0.1.1', upstreamPort)] }], http2()),
  cluster(
    'loc',
    [
      { locality: { region: 'r1' }, load_balancing_weight: 3, lb_endpoints: [endpoint('127.0.2.1', upstreamPort)] },
      { locality: { region: 'r2' }, load_balancing_weight: 1, lb_endpoints: [endpoint('127.0.2.2', upstreamPort)] },
      { locality: { region: 'r3' }, lb_endpoints: [endpoint('127.0.5.1', upstreamPort)] },
    ],
    { common_lb_config: { locality_weighted_lb_config: {} } },
  ),
  ...tunnels(),
  ...doubleTunnel(),
]

export const internalCluster = (suffix: string): Json =>
  cluster(
    `main_internal${suffix}`,
    [
      {
        lb_endpoints: [
          { endpoint: { address: { envoy_internal_address: { server_listener_name: `main_internal${suffix}` } } } },
        ],
      },
    ],
    { transport_socket: internalUpstream() },
  )

const health = [undefined, undefined, undefined, 'UNHEALTHY', 'DRAINING', 'TIMEOUT', 'DEGRADED'] as const

const randomEndpoint = (random: Random, address: string): Json => {
  const status = random.pick(health)
  return endpoint(address, upstreamPort, {
    ...(status === undefined ? {} : { health_status: status }),
    ...random.maybe(0.4, () => ({ load_balancing_weight: 1 + random.below(4) })),
    ...random.maybe(0.7, () => ({
      metadata: { filter_metadata: { 'envoy.lb': { v: random.pick(['1', '2'] as const), s: 'a' } } },
    })),
  })
}

const subsets = (random: Random): Json => ({
  subset_selectors: [
    { keys: ['v'], ...random.maybe(0.2, () => ({ fallback_policy: 'ANY_ENDPOINT' })) },
    ...(random.chance(0.5) ? [{ keys: ['s', 'v'] }] : []),
  ],
  ...random.maybe(0.6, () =>
    random.pick<() => Json>([
      () => ({ fallback_policy: 'ANY_ENDPOINT' }),
      () => ({ fallback_policy: 'DEFAULT_SUBSET', default_subset: { v: '1' } }),
    ])(),
  ),
})

/** A cluster of random priorities, localities, health, weights and subsets. */
export const randomCluster = (random: Random, name: string): Json => {
  const left = [...upstreamAddresses].sort(() => random.next() - 0.5)
  const weighted = random.chance(0.3)
  const localities = random.times(1, 3, index => ({
    locality: { region: `r${index}` },
    priority: index === 0 ? 0 : random.below(2),
    ...(weighted ? { load_balancing_weight: 1 + random.below(3) } : {}),
    lb_endpoints: left.splice(0, random.below(3)).map(address => randomEndpoint(random, address)),
  }))
  return cluster(name, localities, {
    lb_policy: random.pick(['ROUND_ROBIN', 'LEAST_REQUEST', 'RANDOM', 'RING_HASH', 'MAGLEV'] as const),
    common_lb_config: {
      ...(weighted ? { locality_weighted_lb_config: {} } : {}),
      ...random.maybe(0.6, () => ({ healthy_panic_threshold: random.pick<Json>([{}, { value: 30 }, { value: 90 }]) })),
    },
    ...random.maybe(0.35, () => ({ lb_subset_config: subsets(random) })),
  })
}
