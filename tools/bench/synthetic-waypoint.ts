import { once } from 'node:events'
import { createWriteStream } from 'node:fs'

const ip = (block: number, at: number): string => `10.${block + ((at >> 16) & 63)}.${(at >> 8) & 255}.${at & 255}`
const api = 'type.googleapis.com/envoy.'
const nameOf = (at: number): string => `inbound-vip|80|http|svc-${at}.ns-${at % 200}.svc.cluster.local`

const listener = (members: string): string =>
  `{"configs":[{"@type":"${api}admin.v3.ListenersConfigDump","dynamic_listeners":[{"name":"main_internal","active_state":{"listener":{"name":"main_internal",${members}`
const listenerEnd = '}}}]}]}'

const policy = (at: number): string =>
  `"ns[ns-${at}]-policy[p${at}]-rule[0]":{"permissions":[{"and_rules":{"rules":[{"any":true}]}}],"principals":[{"and_ids":{"ids":[{"or_ids":{"ids":[{"filter_state":{"key":"io.istio.peer_principal","string_match":{"exact":"spiffe://cluster.local/ns/ns-${at}/sa/sa-${at}"}}}]}}]}}]}`

const rbac = (inside: string): string =>
  `{"name":"envoy.filters.http.rbac","typed_config":{"@type":"${api}extensions.filters.http.rbac.v3.RBAC","rules":{"policies":{${inside}}}}}`

const route = (at: number): string =>
  `{"name":"r${at}","match":{"path_separated_prefix":"/api/v${at}"},"route":{"cluster":"${nameOf(at)}","timeout":"0s","retry_policy":{"retry_on":"connect-failure,refused-stream","num_retries":2},"max_grpc_timeout":"0s"}}`

const chain = (at: number): string =>
  `{"name":"${nameOf(at)}","filters":[{"name":"envoy.filters.network.http_connection_manager","typed_config":{"@type":"${api}extensions.filters.network.http_connection_manager.v3.HttpConnectionManager","stat_prefix":"s","route_config":{"name":"${nameOf(at)}","virtual_hosts":[{"name":"v","domains":["*"],"routes":[${[0, 1, 2, 3].map(part => route(at * 4 + part)).join(',')}]}]},"http_filters":[${rbac(policy(at))},{"name":"envoy.filters.http.router","typed_config":{"@type":"${api}extensions.filters.http.router.v3.Router"}}]}}]}`

const range = (at: number): string =>
  `{"ranges":[{"address_prefix":"${ip(96, at)}","prefix_len":32}],"on_match":{"matcher":{"matcher_tree":{"input":{"name":"port","typed_config":{"@type":"${api}extensions.matching.common_inputs.network.v3.DestinationPortInput"}},"exact_match_map":{"map":{"80":{"action":{"name":"a","typed_config":{"@type":"type.googleapis.com/google.protobuf.StringValue","value":"${nameOf(at)}"}}}}}}}}}`

const cluster = (at: number): string =>
  `{"version_info":"v1","cluster":{"@type":"${api}config.cluster.v3.Cluster","name":"${nameOf(at)}","type":"EDS","connect_timeout":"10s","lb_policy":"LEAST_REQUEST","eds_cluster_config":{"eds_config":{"ads":{}},"service_name":"${nameOf(at)}"},"metadata":{"filter_metadata":{"istio":{"services":[{"name":"svc-${at}","namespace":"ns-${at % 200}"}]}}}}}`

const endpoints = (at: number): string =>
  `{"endpoint_config":{"@type":"${api}config.endpoint.v3.ClusterLoadAssignment","cluster_name":"${nameOf(at)}","endpoints":[{"lb_endpoints":[${[0, 1, 2].map(part => endpoint(at * 3 + part)).join(',')}]}]}}`
const endpoint = (at: number): string =>
  `{"endpoint":{"address":{"envoy_internal_address":{"server_listener_name":"connect_originate","endpoint_id":"${ip(160, at)}:8080"}}},"health_status":"HEALTHY","metadata":{"filter_metadata":{"envoy.filters.listener.original_dst":{"local":"${ip(160, at)}:8080"},"istio":{"workload":"w-${at};ns-${at % 200};a;v1;Kubernetes"}}}}`

interface Shape {
  readonly begin: string
  readonly element: (at: number) => string
  readonly end: string
}

/** What a dump may be full of: the usual, and everything in one place. */
export const waypointShapes = {
  'chains, routes and policies of many services': {
    begin: listener('"filter_chains":['),
    element: chain,
    end: `]${listenerEnd}`,
  },
  clusters: {
    begin: `{"configs":[{"@type":"${api}admin.v3.ClustersConfigDump","dynamic_active_clusters":[`,
    element: cluster,
    end: ']}]}',
  },
  endpoints: {
    begin: `{"configs":[{"@type":"${api}admin.v3.EndpointsConfigDump","dynamic_endpoint_configs":[`,
    element: endpoints,
    end: ']}]}',
  },
  'one route table': {
    begin: `{"configs":[{"@type":"${api}admin.v3.RoutesConfigDump","dynamic_route_configs":[{"route_config":{"@type":"${api}config.route.v3.RouteConfiguration","name":"r","virtual_hosts":[{"name":"v","domains":["*"],"routes":[`,
    element: route,
    end: ']}]}}]}]}',
  },
  'one matcher': {
    begin: listener(
      `"filter_chain_matcher":{"matcher_tree":{"input":{"name":"ip","typed_config":{"@type":"${api}extensions.matching.common_inputs.network.v3.DestinationIPInput"}},"custom_match":{"name":"ip","typed_config":{"@type":"type.googleapis.com/xds.type.matcher.v3.IPMatcher","range_matchers":[`,
    ),
    element: range,
    end: `]}}}}${listenerEnd}`,
  },
  'one list of policies': {
    begin: listener(
      `"filter_chains":[{"name":"c","filters":[{"name":"hcm","typed_config":{"@type":"${api}extensions.filters.network.http_connection_manager.v3.HttpConnectionManager","http_filters":[{"name":"rbac","typed_config":{"@type":"${api}extensions.filters.http.rbac.v3.RBAC","rules":{"policies":{`,
    ),
    element: policy,
    end: `}}}}]}}]}]${listenerEnd}`,
  },
} satisfies Readonly<Record<string, Shape>>

/** Writes a dump of about `megabytes` that is full of one thing. */
export const writeWaypoint = async (file: string, { begin, element, end }: Shape, megabytes: number): Promise<void> => {
  const out = createWriteStream(file)
  let written = 0
  let batch = begin
  for (let at = 0; written < megabytes * 1e6; at++) {
    batch += `${at === 0 ? '' : ','}${element(at)}`
    if (batch.length < 1 << 20) continue
    written += batch.length
    if (!out.write(batch)) await once(out, 'drain')
    batch = ''
  }
  out.end(batch + end)
  await once(out, 'finish')
}
