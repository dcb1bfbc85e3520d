import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

interface Section {
  readonly '@type': string
  readonly bootstrap?: { node: { id: string; metadata: Record<string, unknown> } }
  readonly dynamic_listeners?: { readonly name: string }[]
  readonly dynamic_route_configs?: unknown[]
  readonly dynamic_active_clusters?: unknown[]
}

const edge = 'fixtures/recorded/mesh-1.30/scenario-22-ingress/waypoints/ingress-edge.envoy-config_dump.json.gz'

const type = (name: string) => `type.googleapis.com/envoy.${name}`
const tcp = (cluster: string) => ({
  name: 'envoy.filters.network.tcp_proxy',
  typed_config: { '@type': type('extensions.filters.network.tcp_proxy.v3.TcpProxy'), cluster, stat_prefix: cluster },
})

const originalDestination = {
  name: 'virtualOutbound',
  address: { socket_address: { address: '0.0.0.0', port_value: 15001 } },
  filter_chains: [
    {
      name: 'virtualOutbound-blackhole',
      filter_chain_match: { destination_port: 15001 },
      filters: [tcp('BlackHoleCluster')],
    },
    { name: 'virtualOutbound-catchall-tcp', filters: [tcp('PassthroughCluster')] },
  ],
  use_original_dst: true,
  traffic_direction: 'OUTBOUND',
}

const filter = (name: string, config: string) => ({ name, typed_config: { '@type': type(config) } })

const rbac = (path: string) => ({
  name: 'envoy.filters.http.rbac',
  typed_config: {
    '@type': type('extensions.filters.http.rbac.v3.RBAC'),
    rules: {
      action: 'DENY',
      policies: {
        'ns[legacy]-policy[deny-secret]-rule[0]': {
          permissions: [{ url_path: { path: { exact: path } } }],
          principals: [{ any: true }],
        },
      },
    },
  },
})

const inboundHttp = {
  name: 'envoy.filters.network.http_connection_manager',
  typed_config: {
    '@type': type('extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'),
    stat_prefix: 'inbound_0.0.0.0_8080',
    forward_client_cert_details: 'APPEND_FORWARD',
    route_config: {
      name: 'inbound|8080||',
      virtual_hosts: [
        {
          name: 'inbound|http|80',
          domains: ['*'],
          routes: [{ name: 'default', match: { prefix: '/' }, route: { cluster: 'inbound|8080||', timeout: '0s' } }],
        },
      ],
      validate_clusters: false,
    },
    normalize_path: true,
    http_filters: [rbac('/secret'), filter('envoy.filters.http.router', 'extensions.filters.http.router.v3.Router')],
  },
}

const mutualTls = {
  name: 'envoy.transport_sockets.tls',
  typed_config: {
    '@type': type('extensions.transport_sockets.tls.v3.DownstreamTlsContext'),
    require_client_certificate: true,
    common_tls_context: {
      alpn_protocols: ['istio-peer-exchange', 'h2', 'http/1.1'],
      combined_validation_context: {
        default_validation_context: {
          match_typed_subject_alt_names: [{ san_type: 'URI', matcher: { prefix: 'spiffe://cluster.local/' } }],
        },
      },
    },
  },
}

const istioAlpn = ['istio', 'istio-peer-exchange', 'istio-http/1.0', 'istio-http/1.1', 'istio-h2']

/** Where the rules of a sidecar bring what arrives for its pod. */
const inbound = (mode: 'STRICT' | 'PERMISSIVE') => ({
  name: 'virtualInbound',
  address: { socket_address: { address: '0.0.0.0', port_value: 15006 } },
  traffic_direction: 'INBOUND',
  listener_filters: [
    filter('envoy.filters.listener.original_dst', 'extensions.filters.listener.original_dst.v3.OriginalDst'),
    filter('envoy.filters.listener.tls_inspector', 'extensions.filters.listener.tls_inspector.v3.TlsInspector'),
  ],
  listener_filters_timeout: '0s',
  continue_on_listener_filters_timeout: true,
  filter_chains: [
    {
      name: '0.0.0.0_8080',
      filter_chain_match: { destination_port: 8080, transport_protocol: 'tls', application_protocols: istioAlpn },
      transport_socket: mutualTls,
      filters: [inboundHttp],
    },
    ...(mode === 'STRICT'
      ? []
      : [
          {
            name: '0.0.0.0_8080',
            filter_chain_match: { destination_port: 8080, transport_protocol: 'raw_buffer' },
            filters: [inboundHttp],
          },
        ]),
    {
      name: 'virtualInbound-blackhole',
      filter_chain_match: { destination_port: 15006 },
      filters: [tcp('BlackHoleCluster')],
    },
  ],
})

/** Where the sidecar listens for one port of the mesh: HTTP in clear goes by routes, everything else straight on. */
const portListener = {
  name: '0.0.0.0_80',
  address: { socket_address: { address: '0.0.0.0', port_value: 80 } },
  bind_to_port: false,
  traffic_direction: 'OUTBOUND',
  listener_filters: [
    filter('envoy.filters.listener.tls_inspector', 'extensions.filters.listener.tls_inspector.v3.TlsInspector'),
    filter('envoy.filters.listener.http_inspector', 'extensions.filters.listener.http_inspector.v3.HttpInspector'),
  ],
  listener_filters_timeout: '0s',
  continue_on_listener_filters_timeout: true,
  default_filter_chain: { name: 'PassthroughFilterChain', filters: [tcp('PassthroughCluster')] },
  filter_chains: [
    {
      filter_chain_match: { transport_protocol: 'raw_buffer', application_protocols: ['http/1.1', 'h2c'] },
      filters: [
        {
          name: 'envoy.filters.network.http_connection_manager',
          typed_config: {
            '@type': type('extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'),
            stat_prefix: 'outbound_0.0.0.0_80',
            rds: { config_source: { ads: {} }, route_config_name: '80' },
            normalize_path: true,
            http_filters: [
              {
                name: 'istio.alpn',
                typed_config: {
                  '@type': 'type.googleapis.com/istio.envoy.config.filter.http.alpn.v2alpha1.FilterConfig',
                },
              },
              filter('envoy.filters.http.fault', 'extensions.filters.http.fault.v3.HTTPFault'),
              filter('envoy.filters.http.cors', 'extensions.filters.http.cors.v3.Cors'),
              filter('envoy.filters.http.router', 'extensions.filters.http.router.v3.Router'),
            ],
          },
        },
      ],
    },
  ],
}

const virtualHost = (host: string, vip: string, cluster: string) => {
  const [name = '', namespace = ''] = host.split('.')
  return {
    name: `${host}:80`,
    domains: [host, `${name}.${namespace}`, `${name}.${namespace}.svc`, vip],
    include_request_attempt_count: true,
    routes: [
      {
        name: 'default',
        match: { prefix: '/' },
        route: { cluster, timeout: '0s', max_grpc_timeout: '0s' },
        decorator: { operation: `${host}:80/*` },
      },
    ],
  }
}

const routes = {
  '@type': type('config.route.v3.RouteConfiguration'),
  name: '80',
  virtual_hosts: [
    virtualHost('app.tenant.svc.cluster.local', '10.96.82.236', 'outbound|80||app.tenant.svc.cluster.local'),
    virtualHost('cart.shop.svc.cluster.local', '10.96.84.165', 'outbound|80||cart.shop.svc.cluster.local'),
    virtualHost('app.legacy.svc.cluster.local', '10.96.9.9', 'outbound|80||app.legacy.svc.cluster.local'),
    {
      name: 'allow_any',
      domains: ['*'],
      routes: [{ name: 'allow_any', match: { prefix: '/' }, route: { cluster: 'PassthroughCluster', timeout: '0s' } }],
    },
  ],
  validate_clusters: false,
  max_direct_response_body_size_bytes: 1048576,
}

const passthrough = [
  {
    name: 'PassthroughCluster',
    type: 'ORIGINAL_DST',
    connect_timeout: '10s',
    lb_policy: 'CLUSTER_PROVIDED',
  },
  { name: 'BlackHoleCluster', type: 'STATIC', connect_timeout: '10s' },
  {
    name: 'outbound|80||app.legacy.svc.cluster.local',
    type: 'STATIC',
    load_assignment: {
      cluster_name: 'outbound|80||app.legacy.svc.cluster.local',
      endpoints: [
        {
          lb_endpoints: [{ endpoint: { address: { socket_address: { address: '10.244.0.200', port_value: 8080 } } } }],
        },
      ],
    },
    transport_socket: {
      name: 'envoy.transport_sockets.tls',
      typed_config: {
        '@type': type('extensions.transport_sockets.tls.v3.UpstreamTlsContext'),
        sni: 'outbound_.80_._.app.legacy.svc.cluster.local',
        common_tls_context: {
          alpn_protocols: ['istio-peer-exchange', 'istio'],
          tls_certificate_sds_secret_configs: [{ name: 'default' }],
        },
      },
    },
  },
  {
    name: 'inbound|8080||',
    type: 'ORIGINAL_DST',
    connect_timeout: '10s',
    lb_policy: 'CLUSTER_PROVIDED',
    upstream_bind_config: { source_address: { address: '127.0.0.6', port_value: 0 } },
  },
]

/**
 * The Envoy of the sidecar of `legacy/app`: clusters, endpoints and internal listeners as istiod sent them to a recorded
 * gateway, with the listeners and routes that a sidecar has.
 */
export const sidecarDump = (
  mode: 'STRICT' | 'PERMISSIVE' = 'PERMISSIVE',
  { name, ip } = { name: 'app-5d8f7c9b8-xyz12', ip: '10.244.0.200' },
): object => {
  const dump = JSON.parse(gunzipSync(readFileSync(edge)).toString()) as { configs: Section[] }
  return {
    configs: dump.configs.map(section => {
      const kind = section['@type'].split('.').at(-1)
      if (kind === 'BootstrapConfigDump' && section.bootstrap !== undefined) {
        const { node } = section.bootstrap
        const own = { NAME: name, NAMESPACE: 'legacy', SERVICE_ACCOUNT: 'app', LABELS: { app: 'app' } }
        const metadata = { ...node.metadata, ...own, INSTANCE_IPS: ip }
        const id = `sidecar~${ip}~${own.NAME}.legacy~legacy.svc.cluster.local`
        return { ...section, bootstrap: { ...section.bootstrap, node: { ...node, id, metadata } } }
      }
      if (kind === 'ListenersConfigDump')
        return {
          ...section,
          dynamic_listeners: [
            ...(section.dynamic_listeners ?? []).filter(({ name }) => name === 'connect_originate'),
            ...[originalDestination, portListener, inbound(mode)].map(listener => ({
              name: listener.name,
              active_state: { listener: { '@type': type('config.listener.v3.Listener'), ...listener } },
            })),
          ],
        }
      if (kind === 'ClustersConfigDump')
        return {
          ...section,
          dynamic_active_clusters: [
            ...(section.dynamic_active_clusters ?? []),
            ...passthrough.map(cluster => ({ cluster: { '@type': type('config.cluster.v3.Cluster'), ...cluster } })),
          ],
        }
      return kind === 'RoutesConfigDump' ? { ...section, dynamic_route_configs: [{ route_config: routes }] } : section
    }),
  }
}
