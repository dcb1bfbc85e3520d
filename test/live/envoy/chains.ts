import type { Random } from '../../support/random.ts'
import { accessLog } from './access-log.ts'
import { httpFilters } from './filters.ts'
import { filter, type Json } from './json.ts'
import { localReplies } from './local-replies.ts'
import { virtualHosts } from './routes.ts'
import { clusterNames, rbacRules } from './vocabulary.ts'

/** A format gives a body to a 204 too, which HTTP/2 clients do not take. */
const withBodies = (hosts: readonly Json[]): unknown =>
  JSON.parse(JSON.stringify(hosts).replaceAll('"direct_response":{"status":204}', '"direct_response":{"status":201}'))

export const httpChain = (random: Random, name: string): Json => {
  const rewriting = random.maybe(0.3, () => ({ local_reply_config: localReplies(random) }))
  const hosts = virtualHosts(random)
  return managed(random, name, rewriting, hosts)
}

const managed = (random: Random, name: string, rewriting: Json, hosts: readonly Json[]): Json => ({
  name,
  filters: [
    ...(random.chance(0.15) ? [networkRbac(random)] : []),
    filter('hcm', 'extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
      stat_prefix: name,
      access_log: accessLog('H:main_internal'),
      use_remote_address: random.chance(0.3),
      stream_idle_timeout: '0s',
      upgrade_configs: [{ upgrade_type: 'websocket', ...random.maybe(0.1, () => ({ enabled: false })) }],
      ...random.maybe(0.6, () => ({ http2_protocol_options: { allow_connect: true } })),
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
      ...random.maybe(0.25, () => ({ xff_num_trusted_hops: 1 + random.below(2) })),
      ...random.maybe(0.15, () => ({ skip_xff_append: true })),
      ...random.maybe(0.15, () => ({
        internal_address_config: {
          cidr_ranges: [{ address_prefix: random.pick(['127.0.0.0', '10.0.0.0'] as const), prefix_len: 8 }],
        },
      })),
      ...random.maybe(0.1, () => ({ via: 'hop' })),
      ...random.maybe(0.1, () => ({ preserve_external_request_id: true })),
      ...random.maybe(0.2, () => ({
        forward_client_cert_details: random.pick(['ALWAYS_FORWARD_ONLY', 'FORWARD_ONLY', 'APPEND_FORWARD'] as const),
      })),
      ...random.maybe(0.15, () => ({ http_protocol_options: { accept_http_10: true } })),
      ...random.maybe(0.4, () => ({
        common_http_protocol_options: {
          headers_with_underscores_action: random.pick([
            'ALLOW',
            'REJECT_REQUEST',
            'DROP_HEADER',
            'DROP_HEADER',
          ] as const),
        },
      })),
      ...rewriting,
      route_config: {
        name,
        validate_clusters: false,
        virtual_hosts: 'local_reply_config' in rewriting ? withBodies(hosts) : hosts,
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
    ...random.maybe(0.2, () => ({ shadow_rules: rbacRules(random, 'connection') })),
  })

/** How a stream ends whose tunnel is refused differs from release to release, and nothing is decided by it. */
const forStreams = clusterNames.filter(name => name !== 'tno')

export const tcpChain = (random: Random, name: string): Json => ({
  name,
  filters: [
    ...(random.chance(0.4) ? [networkRbac(random)] : []),
    filter('tcp', 'extensions.filters.network.tcp_proxy.v3.TcpProxy', {
      stat_prefix: name,
      ...(random.chance(0.8)
        ? { cluster: random.pick(forStreams) }
        : {
            weighted_clusters: {
              clusters: [
                { name: 'c0', weight: 1 },
                { name: random.pick(forStreams), weight: 2 },
              ],
            },
          }),
      access_log: accessLog('T:main_internal'),
    }),
  ],
})
