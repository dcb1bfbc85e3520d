import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { waypointCells, waypointLines } from './waypoint-tables.ts'

const folder = mkdtempSync(join(tmpdir(), 'ambientctl-'))
afterAll(() => rmSync(folder, { recursive: true }))

const type = (name: string) => `type.googleapis.com/envoy.${name}`
const save = (name: string, dump: unknown): string => {
  const file = join(folder, name)
  writeFileSync(file, JSON.stringify(dump))
  return file
}

const tcp = (cluster: string) => ({
  name: 'envoy.filters.network.tcp_proxy',
  typed_config: { '@type': type('extensions.filters.network.tcp_proxy.v3.TcpProxy'), cluster },
})
const http = (routes: object) => ({
  name: 'envoy.filters.network.http_connection_manager',
  typed_config: {
    '@type': type('extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'),
    ...routes,
  },
})

const virtualInbound = {
  name: 'virtualInbound',
  address: { socket_address: { address: '0.0.0.0', port_value: 15006 } },
  additional_addresses: [{ address: { socket_address: { address: '::', port_value: 15006 } } }],
  filter_chains: [
    { name: 'blackhole', filter_chain_match: { destination_port: 15006 }, filters: [tcp('BlackHoleCluster')] },
    {
      name: 'tls',
      filter_chain_match: {
        transport_protocol: 'tls',
        application_protocols: ['istio-http/1.0', 'istio-http/1.1', 'istio-h2'],
        prefix_ranges: [{ address_prefix: '0.0.0.0', prefix_len: 0 }],
        source_prefix_ranges: [{ address_prefix: '10.0.0.0', prefix_len: 8 }],
        source_type: 'EXTERNAL',
      },
      filters: [http({ rds: { route_config_name: 'inbound' } })],
    },
    {
      name: 'sni',
      filter_chain_match: {
        server_names: ['a.example', '*.b.example'],
        application_protocols: ['http/1.0', 'http/1.1', 'h2c'],
        prefix_ranges: [{ address_prefix: '10.1.0.0', prefix_len: 16 }],
        destination_port: 443,
      },
      filters: [tcp('outbound|443||a.example')],
    },
  ],
  default_filter_chain: { filters: [tcp('PassthroughCluster')] },
}

const routes = {
  name: '80',
  virtual_hosts: [
    {
      name: 'cart.shop.svc.cluster.local:80',
      domains: [
        'cart.shop.svc.cluster.local',
        'cart',
        'cart.shop.svc',
        'cart.shop',
        '10.96.1.1',
        '[fd00:10:96::1]:80',
        '[fd00:10:96::1]',
      ],
      routes: [{ match: { path_separated_prefix: '/v1' }, route: { cluster: 'outbound|80||cart' } }],
    },
    { name: 'empty', domains: ['x', 'x:80'] },
    {
      name: 'allow_any',
      domains: ['*'],
      routes: [{ match: { prefix: '/' }, route: { cluster: 'PassthroughCluster' } }],
    },
  ],
}

const sidecar = save('sidecar.json', {
  configs: [
    {
      '@type': type('admin.v3.BootstrapConfigDump'),
      bootstrap: { node: { id: 'sidecar~10.0.0.9~web-1.shop~shop.svc.cluster.local', metadata: {} } },
    },
    {
      '@type': type('admin.v3.ListenersConfigDump'),
      dynamic_listeners: [{ active_state: { listener: virtualInbound } }],
    },
    {
      '@type': type('admin.v3.RoutesConfigDump'),
      dynamic_route_configs: ['http.8080', '9080', '80', 'inbound', '8080'].map(name => ({
        route_config: name === '80' ? routes : { name, virtual_hosts: [{ name, domains: ['*'], routes: [] }] },
      })),
    },
  ],
})

test('legacy chains show their match in the words of istioctl, and sources that istioctl leaves out', async () => {
  expect(await waypointCells({ snapshot: sidecar, table: 'listeners' })).toEqual([
    'ADDRESSES | PORT | MATCH | DESTINATION',
    '0.0.0.0,:: 15006 Trans: tls; App: istio-http/1.0,istio-http/1.1,istio-h2; Addr: 0.0.0.0/0 Route: inbound',
    '0.0.0.0,:: 15006 ALL | PassthroughCluster',
    '0.0.0.0,:: 15006 Addr: *:15006 | Non-HTTP/Non-TCP',
    '0.0.0.0,:: 15006 SNI: a.example,*.b.example; App: HTTP; Addr: 10.1.0.0/16:443 | Cluster: outbound|443||a.example',
  ])
  const columns = ['chain', 'address', 'port', 'protocol', 'also']
  const chains = await waypointCells({ snapshot: sidecar, table: 'chains', columns })
  expect(chains).toContain(
    'tls | 0.0.0.0/0 | 15006 | istio-http/1.0,istio-http/1.1,istio-h2 | transport=tls; source EXTERNAL; source 10.0.0.0/8',
  )
  expect(chains).toContain('sni | 10.1.0.0/16 | 443 | http/1.0,http/1.1,h2c | server name=a.example,*.b.example')
})

test('routes are listed as istioctl does: ports in order, short domains, an empty host as 404, no passthrough', async () => {
  const rows = await waypointCells({ snapshot: sidecar, table: 'routes' })
  expect(rows.slice(1)).toEqual([
    'http.8080 | http.8080 | * | /* | 404',
    '80 | cart.shop.svc.cluster.local:80 | cart, cart.shop + 2 more... | PathPrefix:/v1',
    '80 | empty | x | /* | 404',
    '9080 | 9080 | * | /* | 404',
    'inbound | inbound | * | /* | 404',
    '8080 | 8080 | * | /* | 404',
  ])
})

test('a part of a dump, one resource a time, is read too', async () => {
  const file = save('resource.json', {
    configs: [
      { '@type': type('admin.v3.ListenersConfigDump.DynamicListener'), active_state: { listener: virtualInbound } },
      { '@type': type('admin.v3.ClustersConfigDump.DynamicCluster'), cluster: { name: 'outbound|80||cart' } },
    ],
  })
  expect(await waypointLines({ snapshot: file, table: 'listeners', format: 'name' })).toHaveLength(4)
  expect(await waypointLines({ snapshot: file, table: 'clusters', format: 'name' })).toEqual([
    'cluster/outbound|80||cart',
  ])
})

test('matcher lists, prefixes, wide ranges and matchers that are not known each have a row', async () => {
  const action = (chain: string) => ({
    action: { name: 'n', typed_config: { '@type': 'type.googleapis.com/google.protobuf.StringValue', value: chain } },
  })
  const input = (name: string) => ({
    name,
    typed_config: { '@type': type(`extensions.matching.common_inputs.network.v3.${name}`) },
  })
  const ranges = {
    '@type': 'type.googleapis.com/xds.type.matcher.v3.IPMatcher',
    range_matchers: [
      { ranges: [{ address_prefix: '10.0.0.0', prefix_len: 8 }], on_match: action('wide') },
      {
        ranges: [
          { address_prefix: '10.0.0.1', prefix_len: 32 },
          { address_prefix: 'fd00::1', prefix_len: 128 },
        ],
        on_match: action('narrow'),
      },
    ],
  }
  const list = {
    matcher_list: {
      matchers: [
        {
          predicate: {
            and_matcher: {
              predicate: [
                { single_predicate: { input: input('ServerNameInput'), value_match: { exact: 'a' } } },
                {
                  not_matcher: {
                    single_predicate: { input: input('TransportProtocolInput'), value_match: { exact: 'tls' } },
                  },
                },
              ],
            },
          },
          on_match: action('listed'),
        },
      ],
    },
    on_no_match: {
      matcher: {
        matcher_tree: {
          input: input('ServerNameInput'),
          prefix_match_map: { map: { a: action('short'), abc: action('long') } },
        },
        on_no_match: {
          matcher: {
            matcher_tree: { input: input('DestinationIPInput'), custom_match: { name: 'ip', typed_config: ranges } },
            on_no_match: {
              matcher: {
                matcher_tree: {
                  input: input('DestinationIPInput'),
                  custom_match: { name: 'odd', typed_config: { '@type': 'x' } },
                },
              },
            },
          },
        },
      },
    },
  }
  const names = ['listed', 'short', 'long', 'wide', 'narrow']
  const listener = {
    name: 'main_internal',
    filter_chain_matcher: list,
    filter_chains: names.map(name => ({ name, filters: [tcp(name)] })),
  }
  const file = save('matcher.json', {
    configs: [{ '@type': type('admin.v3.ListenersConfigDump'), dynamic_listeners: [{ active_state: { listener } }] }],
  })
  const rows = await waypointCells({ snapshot: file, table: 'chains', columns: ['address', 'also', 'chain'] })
  expect(rows.slice(1)).toEqual([
    '* | (ServerNameInput=a and not TransportProtocolInput=tls) | listed',
    '* | server name^abc | long',
    '* | server name^a | short',
    '10.0.0.1,fd00::1 | - | narrow',
    '10.0.0.0/8 | - | wide',
    '* | address by odd | (a matcher that ambientctl does not know)',
    '* | - | (no chain matches: NR filter_chain_not_found)',
  ])
})

test('an agentgateway is refused by name', async () => {
  const file = save('agentgateway.json', { binds: [], config: {}, version: {} })
  await expect(waypointLines({ snapshot: file })).rejects.toThrow(/is the dump of an agentgateway/)
})

test('control characters of a dump are escaped in every format', async () => {
  const file = save('control.json', {
    configs: [
      {
        '@type': type('admin.v3.ClustersConfigDump'),
        dynamic_active_clusters: [{ cluster: { name: 'a\u001b[31m\u202e', type: 'EDS' } }],
      },
    ],
  })
  for (const format of ['text', 'wide', 'name', 'csv', 'ndjson', 'json', 'yaml'] as const) {
    const text = (await waypointLines({ snapshot: file, table: 'clusters', format })).join('\n')
    expect(text).not.toMatch(/[\u001b\u202e]/)
  }
})

test('the answer of an Envoy that could not print its configuration is no dump', async () => {
  const file = join(folder, 'failed.json')
  writeFileSync(file, 'Failed to convert protobuf message to JSON string: INVALID_ARGUMENT: no type x')
  await expect(waypointLines({ snapshot: file })).rejects.toThrow(/Envoy could not print its configuration/)
})

test('listeners that Envoy has bound, and its state, stand beside the configuration', async () => {
  const admin = mkdtempSync(join(folder, 'admin-'))
  const node = { id: 'waypoint~10.0.0.9~wp-1.shop~shop.svc.cluster.local', metadata: {} }
  const listener = (name: string) => ({
    active_state: { listener: { name, filter_chains: [{ filters: [tcp('x')] }] } },
  })
  const answers = {
    'config_dump.json': {
      configs: [
        { '@type': type('admin.v3.BootstrapConfigDump'), bootstrap: { node } },
        {
          '@type': type('admin.v3.ListenersConfigDump'),
          dynamic_listeners: [listener('connect_terminate'), listener('main_internal')],
        },
      ],
    },
    'listeners.json': { listener_statuses: [{ name: 'main_internal' }] },
    'server_info.json': { version: 'abc/1.38.3/Clean/RELEASE/BoringSSL', state: 'DRAINING', command_line_options: {} },
  }
  for (const [name, answer] of Object.entries(answers)) writeFileSync(join(admin, name), JSON.stringify(answer))
  expect(await waypointCells({ snapshot: admin, table: 'listeners', columns: ['name', 'bound'] })).toEqual([
    'NAME | BOUND',
    'connect_terminate no',
    'main_internal | yes',
  ])
  const facts = await waypointLines({ snapshot: admin, table: 'bootstrap', format: 'wide' })
  expect(facts.map(line => line.replaceAll(/ {2,}/g, ' '))).toEqual(
    expect.arrayContaining([
      expect.stringContaining('State: DRAINING'),
      expect.stringContaining('Evaluated As: 1.38.3'),
    ]),
  )
})
