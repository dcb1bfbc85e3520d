import type { Random } from '../../support/random.ts'
import { accessLog } from './access-log.ts'
import { legacyMatches, matcher } from './chain-choice.ts'
import { httpChain, tcpChain } from './chains.ts'
import { internalCluster, randomCluster, sharedClusters } from './clusters.ts'
import { filter, type Json, router, typed } from './json.ts'
import { ownClusters } from './vocabulary.ts'

const setState = (key: string, format: string, shared: string, factory?: string): Json => ({
  object_key: key,
  shared_with_upstream: shared,
  format_string: { text_format_source: { inline_string: format } },
  ...(factory === undefined ? {} : { factory_key: factory }),
})

/** Whom the waypoint lets in: anybody of its authority, or one trust domain. */
const admission = (random: Random): Json =>
  random.maybe(0.25, () => ({
    match_typed_subject_alt_names: [{ san_type: 'URI', matcher: { prefix: 'spiffe://cluster.local/' } }],
  }))

const connectTerminate = (random: Random, suffix: string, port: number): Json => ({
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
            validation_context: { trusted_ca: { filename: 'ca.crt' }, ...admission(random) },
          },
        }),
      },
    },
  ],
})

const inspectors = (random: Random): readonly Json[] => [
  filter('original_dst', 'extensions.filters.listener.original_dst.v3.OriginalDst'),
  {
    ...filter('http_inspector', 'extensions.filters.listener.http_inspector.v3.HttpInspector'),
    ...random.maybe(0.3, () => ({ filter_disabled: { destination_port_range: { start: 443, end: 444 } } })),
  },
  ...(random.chance(0.3) ? [filter('tls_inspector', 'extensions.filters.listener.tls_inspector.v3.TlsInspector')] : []),
]

const treeOfChains = (random: Random): Json => ({
  filter_chains: [httpChain(random, 'h0'), httpChain(random, 'h1'), tcpChain(random, 't0')],
  filter_chain_matcher: matcher(random, ['h0', 'h1', 'h0', 'h1', 't0']),
})

const chainOf = (random: Random, name: string): Json =>
  name.startsWith('h') ? httpChain(random, name) : tcpChain(random, name)

const chainsWithMatches = (random: Random): Json => ({
  filter_chains: legacyMatches(random, 5).map((match, index) => ({
    ...chainOf(random, `${random.pick(['h', 'h', 't'] as const)}${index}`),
    filter_chain_match: match,
  })),
  ...random.maybe(0.6, () => ({ default_filter_chain: httpChain(random, 'h9') })),
})

/** Own clusters carry the suffix of their configuration wherever they are named. */
const withOwnClusters = (made: Json, suffix: string): Json =>
  JSON.parse(JSON.stringify(made).replace(/"(r\d)"/g, `"$1${suffix}"`))

const mainInternal = (random: Random, suffix: string): Json => ({
  name: `main_internal${suffix}`,
  internal_listener: {},
  access_log: accessLog('L:main_internal'),
  listener_filters_timeout: '8s',
  listener_filters: inspectors(random),
  ...(random.chance(0.25) ? chainsWithMatches(random) : treeOfChains(random)),
})

/** Every tunnel of the process leaves through this one, which tells apart by endpoint metadata alone. */
const connectOriginate = (): Json => ({
  name: 'connect_originate',
  internal_listener: {},
  listener_filters: [filter('original_dst', 'extensions.filters.listener.original_dst.v3.OriginalDst')],
  filter_chains: [
    {
      filters: [
        filter('tcp', 'extensions.filters.network.tcp_proxy.v3.TcpProxy', {
          stat_prefix: 'connect_originate',
          cluster: 'connect_originate',
          tunneling_config: { hostname: '%DOWNSTREAM_LOCAL_ADDRESS%' },
        }),
      ],
    },
  ],
})

const networkState = (key: string, format: string): Json => ({
  object_key: key,
  ...(key.startsWith('istio.') ? { factory_key: 'envoy.string' } : {}),
  shared_with_upstream: 'TRANSITIVE',
  format_string: { text_format_source: { inline_string: format } },
})

const targetKey = 'istio.double_hbone.hbone_target_address'

const tunnelTo = (name: string, source: Json): Json =>
  filter('tcp', 'extensions.filters.network.tcp_proxy.v3.TcpProxy', {
    stat_prefix: name,
    cluster: name,
    tunneling_config: { hostname: `%FILTER_STATE(${targetKey}:PLAIN)%`, ...source },
  })

/** The two listeners of a tunnel within a tunnel, as istiod makes them. */
const doubleOriginate = (): readonly Json[] => [
  {
    name: 'inner_connect_originate',
    internal_listener: {},
    filter_chains: [
      {
        filters: [
          filter('propagate_endpoint_metadata', 'extensions.filters.network.set_filter_state.v3.Config', {
            on_new_connection: [
              networkState(
                'envoy.filters.listener.original_dst.local_ip',
                '%DYNAMIC_METADATA(envoy.filters.listener.original_dst:local)%',
              ),
              networkState(targetKey, '%DYNAMIC_METADATA(istio:double_hbone:hbone_target_address)%'),
            ],
          }),
          tunnelTo('inner_connect_originate', {}),
        ],
      },
    ],
  },
  {
    name: 'outer_connect_originate',
    internal_listener: {},
    listener_filters: [filter('original_dst', 'extensions.filters.listener.original_dst.v3.OriginalDst')],
    filter_chains: [
      {
        filters: [
          tunnelTo('outer_connect_originate', {
            headers_to_add: [{ header: { key: 'x-istio-source', value: 'waypoint' } }],
          }),
        ],
      },
    ],
  },
]

/** One waypoint skeleton with a random main_internal, told from others in the same process by its suffix. */
export interface Skeleton {
  readonly suffix: string
  readonly port: number
  readonly random: Random
}

const madeOf = ({ random, suffix, port }: Skeleton) => {
  const clusters = ownClusters.map(name => randomCluster(random, `${name}${suffix}`))
  const listeners = [
    connectTerminate(random, suffix, port),
    withOwnClusters(mainInternal(random, suffix), suffix),
  ] as const
  return { clusters: [internalCluster(suffix), ...clusters], listeners }
}

const processOf = (made: readonly ReturnType<typeof madeOf>[]): Json => ({
  admin: { address: { socket_address: { address: '127.0.0.1', port_value: 0 } } },
  bootstrap_extensions: [
    filter('envoy.bootstrap.internal_listener', 'extensions.bootstrap.internal_listener.v3.InternalListener'),
  ],
  static_resources: {
    listeners: [connectOriginate(), ...doubleOriginate(), ...made.flatMap(({ listeners }) => listeners)],
    clusters: [...sharedClusters(), ...made.flatMap(({ clusters }) => clusters)],
  },
})

/** The configuration of one process that holds all of `skeletons`. */
export const configurationOf = (skeletons: readonly Skeleton[]): Json => processOf(skeletons.map(madeOf))
