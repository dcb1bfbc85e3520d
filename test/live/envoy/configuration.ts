import type { Random } from '../../support/random.ts'
import { accessLog } from './access-log.ts'
import { legacyMatches, matcher } from './chain-choice.ts'
import { httpChain, tcpChain } from './chains.ts'
import { internalCluster, sharedClusters } from './clusters.ts'
import { filter, type Json, router, typed } from './json.ts'

const setState = (key: string, format: string, shared: string, factory?: string): Json => ({
  object_key: key,
  shared_with_upstream: shared,
  format_string: { text_format_source: { inline_string: format } },
  ...(factory === undefined ? {} : { factory_key: factory }),
})

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
    listeners: [
      connectOriginate(),
      ...skeletons.flatMap(({ suffix, port, random }) => [
        connectTerminate(suffix, port),
        mainInternal(random, suffix),
      ]),
    ],
    clusters: [...sharedClusters(), ...skeletons.map(({ suffix }) => internalCluster(suffix))],
  },
})
