import { decodeEnvoy } from '#decode/envoy/dump.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import { indexWaypoint, type WaypointIndex } from '#waypoint/lookup.ts'
import type { InnerHttp, WaypointRequest } from '#waypoint/request.ts'
import { spiffePeer } from '#waypoint/request.ts'

const api = 'type.googleapis.com/envoy.'
const admin = `${api}admin.v3.`

export const typed = (type: string, members: EnvoyJson = {}): EnvoyJson => ({ '@type': `${api}${type}`, ...members })

export const filter = (name: string, type: string, members: EnvoyJson = {}): EnvoyJson => ({
  name,
  typed_config: typed(type, members),
})

export const router = filter('envoy.filters.http.router', 'extensions.filters.http.router.v3.Router')

export const httpChain = (name: string, manager: EnvoyJson): EnvoyJson => ({
  name,
  filters: [filter('hcm', 'extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', manager)],
})

export const tcpChain = (name: string, cluster: string): EnvoyJson => ({
  name,
  filters: [filter('tcp', 'extensions.filters.network.tcp_proxy.v3.TcpProxy', { cluster })],
})

/** Ranges of addresses, each with what matches behind it. */
export const ipMatcher = (range_matchers: readonly EnvoyJson[]): EnvoyJson => ({
  name: 'ip',
  typed_config: { '@type': 'type.googleapis.com/xds.type.matcher.v3.IPMatcher', range_matchers },
})

const setState = (key: string, format: string): EnvoyJson => ({
  object_key: key,
  shared_with_upstream: 'ONCE',
  format_string: { text_format_source: { inline_string: format } },
})

const connectTerminate = (manager: EnvoyJson): EnvoyJson => ({
  name: 'connect_terminate',
  filter_chains: [
    {
      ...httpChain('default', {
        ...manager,
        route_config: {
          virtual_hosts: [
            {
              name: 'default',
              domains: ['*'],
              routes: [{ match: { connect_matcher: {} }, route: { cluster: 'main_internal' } }],
            },
          ],
        },
        upgrade_configs: [{ upgrade_type: 'CONNECT' }],
        http_filters: [
          filter('connect_authority', 'extensions.filters.http.set_filter_state.v3.Config', {
            on_request_headers: [
              setState('envoy.filters.listener.original_dst.local_ip', '%REQ(:AUTHORITY)%'),
              setState('envoy.filters.listener.original_dst.remote_ip', '%DOWNSTREAM_REMOTE_ADDRESS%'),
              setState('io.istio.peer_principal', '%DOWNSTREAM_PEER_URI_SAN%'),
            ],
          }),
          router,
        ],
      }),
      transport_socket: {
        name: 'tls',
        typed_config: typed('extensions.transport_sockets.tls.v3.DownstreamTlsContext', {
          require_client_certificate: true,
          common_tls_context: {
            combined_validation_context: {
              default_validation_context: {
                match_typed_subject_alt_names: [{ matcher: { prefix: 'spiffe://cluster.local/' }, san_type: 'URI' }],
              },
            },
          },
        }),
      },
    },
  ],
})

export const host = (ip: string, port = 80, members: EnvoyJson = {}): EnvoyJson => ({
  endpoint: { address: { socket_address: { address: ip, port_value: port } } },
  ...members,
})

export const cluster = (name: string, hosts: readonly EnvoyJson[], members: EnvoyJson = {}): EnvoyJson => ({
  name,
  load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: hosts }] },
  ...members,
})

const mainCluster = cluster('main_internal', [
  { endpoint: { address: { envoy_internal_address: { server_listener_name: 'main_internal' } } } },
])

/** A waypoint around one main_internal listener; `outer` is added to the connection manager of port 15008. */
export const waypoint = (
  main: EnvoyJson,
  clusters: readonly EnvoyJson[],
  version = '1.40.0',
  outer: EnvoyJson = {},
): WaypointIndex => {
  const [major, minor, patch] = version.split('.').map(Number)
  const configs = [
    {
      '@type': `${admin}BootstrapConfigDump`,
      bootstrap: {
        node: { user_agent_build_version: { version: { major_number: major, minor_number: minor, patch } } },
      },
    },
    {
      '@type': `${admin}ListenersConfigDump`,
      static_listeners: [connectTerminate(outer), { name: 'main_internal', ...main }].map(listener => ({ listener })),
    },
    {
      '@type': `${admin}ClustersConfigDump`,
      static_clusters: [mainCluster, ...clusters].map(made => ({ cluster: made })),
    },
  ]
  return indexWaypoint(decodeEnvoy({ configDump: { configs } }, 'made.json'))
}

const originalDst = filter('original_dst', 'extensions.filters.listener.original_dst.v3.OriginalDst')

/** A waypoint with one HTTP chain for every destination. */
export const httpWaypoint = (
  manager: EnvoyJson,
  clusters = [cluster('c', [host('10.1.1.1')])],
  version?: string,
): WaypointIndex =>
  waypoint(
    {
      listener_filters: [originalDst],
      filter_chains: [httpChain('http', { http_filters: [router], ...manager })],
    },
    clusters,
    version,
  )

export const routes = (...list: readonly EnvoyJson[]): EnvoyJson => ({
  route_config: { name: 'r', virtual_hosts: [{ name: 'v', domains: ['*'], routes: list }] },
})

export const get = (
  path: string,
  members: Partial<InnerHttp> = {},
  identity = 'spiffe://cluster.local/ns/shop/sa/web',
): WaypointRequest => ({
  sourceIp: '10.244.9.1',
  peer: spiffePeer(identity),
  traffic: {
    kind: 'connect',
    authority: '10.96.1.2:80',
    headers: [],
    inner: { kind: 'http', version: '1.1', method: 'GET', authority: 'cart', path, headers: [], ...members },
  },
})
