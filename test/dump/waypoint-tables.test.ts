import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { waypointCells, waypointLines } from './waypoint-tables.ts'

const recorded = (name: string) => `fixtures/dump/waypoint/${name}.config_dump.json.gz`
const reviews = 'inbound-vip|9080|http|reviews.default.svc.cluster.local'

test('chains is the matcher tree as a table: hostname first, then address, port and protocol', async () => {
  const rows = await waypointCells({
    snapshot: recorded('33-multinetwork'),
    table: 'chains',
    wish: { listener: 'main_internal' },
    columns: ['address', 'port', 'protocol', 'also', 'chain'],
  })
  expect(rows.filter(row => /any\.default|filter_chain|direct/.test(row))).toEqual([
    '* | * | h2c,http/1.1 | io.istio.connect_authority=any.default.svc.cluster.local:7000 | inbound-vip|7000|http|any.default.svc.cluster.local',
    '* | * | * | io.istio.connect_authority=any.default.svc.cluster.local:7000 | inbound-vip|7000|tcp|any.default.svc.cluster.local',
    '10.96.1.5 | 7000 | h2c,http/1.1 | - | inbound-vip|7000|http|any.default.svc.cluster.local',
    '10.96.1.5 | 7000 | * | - | inbound-vip|7000|tcp|any.default.svc.cluster.local',
    '* | * | * | - | (no chain matches: NR filter_chain_not_found)',
    '* | * | * | never | direct-tcp',
    '* | * | * | never | direct-http',
  ])
})

test('an east-west gateway chooses by who sends', async () => {
  const rows = await waypointCells({
    snapshot: recorded('39-eastwest-gateway'),
    table: 'chains',
    wish: { listener: 'main_internal' },
    columns: ['address', 'port', 'also', 'chain'],
  })
  expect(rows).toContain(
    '10.96.1.2 | 9080 | io.istio.source=gateway,waypoint | inbound-vip|9080|tcp|reviews.default.svc.cluster.local',
  )
  expect(rows).toContain('10.96.1.2 | 9080 | - | inbound-vip|15008|tcp|waypoint.default.svc.cluster.local')
})

test('filters are in the order in which they run, with what they ask and the objects they come from', async () => {
  const rows = await waypointCells({
    snapshot: recorded('08-authz-custom'),
    table: 'filters',
    wish: { chain: reviews },
    columns: ['order', 'filter', 'does', 'from'],
  })
  expect(rows.slice(1)).toEqual([
    '1 | envoy.filters.network.http_connection_manager | AUTO with inline routes, normalizes paths, escaped slashes KEEP_UNCHANGED, upgrades websocket, XFCC SANITIZE',
    '1.1 | envoy.filters.http.rbac | CUSTOM default/ext (1 rule) | AuthorizationPolicy default/ext',
    '1.2 | envoy.filters.http.ext_authz | asks outbound|8000||ext-authz.default.svc.cluster.local about requests marked istio-ext-authz-ext-authz-http*; denies when it does not answer',
    '1.3 | envoy.filters.http.rbac | DENY default/ext-allow (1 rule) | AuthorizationPolicy default/ext-allow',
    '1.4 | envoy.filters.http.grpc_stats | counts gRPC calls; changes nothing',
    '1.5 | envoy.filters.http.fault | only where a route sets it',
    '1.6 | envoy.filters.http.cors | only where a route sets it',
    '1.7 | waypoint_upstream_peer_metadata | names the peers for metrics; changes nothing',
    "1.8 | envoy.filters.http.router | sends the request to the route's cluster",
  ])
})

test('a filter that is delivered on its own is shown with what was delivered', async () => {
  const snapshot = recorded('28-wasm-trafficextension')
  const rows = await waypointCells({ snapshot, table: 'filters', wish: { chain: reviews }, columns: ['order', 'does'] })
  expect(rows).toContain(
    '1.1 | runs the plugin default.w~istio-translated-wasmplugin: may change or answer the request; passes the request when the plugin fails',
  )
  expect(rows).toContain('1.2 | runs a script (4 lines): may change or answer the request')
  expect(await waypointCells({ snapshot, table: 'ecds' })).toEqual([
    'ECDS NAME | TYPE',
    'extensions.istio.io/trafficextension/default.w~istio-translated-wasmplugin | envoy.extensions.filters.http.wasm.v3.Wasm',
  ])
})

test('policies are rules of Kubernetes objects: who, what, and the chains that ask', async () => {
  const columns = ['action', 'policy', 'rule', 'who', 'what']
  const allow = await waypointCells({ snapshot: recorded('05-authz-allow-gateway'), table: 'policies', columns })
  expect(allow.slice(1, 4)).toEqual([
    'ALLOW | default/allow | 0 | principal=spiffe://cluster.local/ns/default/sa/sleep | (:method=GET and (path=/p-exact or path=/pre* or path=*suf))',
    'ALLOW | default/allow | 10 | any | ((not :method=POST and path=/open) or (path=/open2 and port=9080) or (path=/open3 and port=8080))',
    'ALLOW | default/allow | 1 | principal=spiffe://cluster.local/ns/client/* | path=/prefix-principal',
  ])
  const custom = await waypointCells({
    snapshot: recorded('08-authz-custom'),
    table: 'policies',
    columns: ['action', 'policy', 'what', 'note'],
  })
  expect(custom).toContain('CUSTOM | default/ext | path=/check* | asks ext-authz-http')
  expect(custom).toContain('DENY | default/badprov | port=5432 | a CUSTOM policy without a usable provider: denies')
  const jwt = await waypointCells({
    snapshot: recorded('11-jwt'),
    table: 'policies',
    columns: ['action', 'who', 'note'],
  })
  expect(jwt[2]).toBe(
    'JWT | issuer https://b.example | origins-1 issuer https://b.example, 1 key local, audience aud1|aud2, from header x-jwt-token, query tok; requires (origins-0 or origins-1 or ((origins-0 or no token) and (origins-1 or no token)))',
  )
})

test('policies on the address of the peer say that a waypoint never sees it', async () => {
  const rows = await waypointCells({
    snapshot: 'fixtures/recorded/waypoint-1.30/09-authz-ip/config_dump.json.gz',
    table: 'policies',
    columns: ['rule', 'who', 'note'],
  })
  const note = 'source-ip never holds in an internal listener, and its negation always does'
  expect(rows).toContain(`0 | source-ip=10.244.9.0/24 | ${note}`)
  expect(rows).toContain('5 | remote-ip=10.244.9.1')
})

test('routes have every condition, the action with weights and rewrites, and what filters do otherwise', async () => {
  const rows = await waypointCells({
    snapshot: recorded('17-vs-retry-timeout-mirror'),
    table: 'routes',
    wish: { name: reviews },
    columns: ['route', 'conditions', 'action', 'policies'],
  })
  expect(rows).toContain(`retry | path /retry* | ${reviews} | no timeout, 2 retries on 5xx, 0.300s each`)
  expect(rows).toContain(
    `wh | path /wh* | ${reviews} 50 | inbound-vip|9080|http|ratings.default.svc.cluster.local 50 | no timeout, 2 retries on connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes`,
  )
  const faults = await waypointCells({
    snapshot: recorded('15-vs-faults'),
    table: 'routes',
    columns: ['route', 'filters', 'from'],
  })
  expect(faults).toContain('small | envoy.filters.http.fault: aborts 0.1% with 500 | VirtualService default/reviews')
  expect(faults).toContain('abdef | envoy.filters.http.fault: aborts 0% with 418 | VirtualService default/reviews')
})

test('clusters have TLS, load balancing, outlier and circuit settings', async () => {
  const rows = await waypointCells({
    snapshot: recorded('21-dr-subsets'),
    table: 'clusters',
    columns: ['service-fqdn', 'subset', 'destination-rule', 'transport', 'load-balancing', 'circuit'],
  })
  expect(rows).toContain(
    'connect_originate | - | tls(h2, certificate default, trust ROOTCA, peer spiffe://cluster.local/* or spiffe://cluster.local/ns/default/sa/*) | CLUSTER_PROVIDED',
  )
  expect(rows).toContain(
    'reviews.default.svc.cluster.local | http/v2 | reviews.default | internal+plain | ROUND_ROBIN, panic below 0% healthy | max_connections=1,max_pending_requests=1,max_requests=1,max_retries=1',
  )
})

test('endpoints are followed through the internal listener to the tunnel they will use', async () => {
  const columns = ['endpoint', 'tunnel', 'reason']
  const current = await waypointCells({ snapshot: recorded('33-multinetwork'), table: 'endpoints', columns })
  expect(current).toContain(
    'envoy://connect_originate/10.244.1.11:9080 | HBONE 10.244.1.11:15008 for 10.244.1.11:9080 (connect_originate)',
  )
  const eastWest = await waypointCells({ snapshot: recorded('39-eastwest-gateway'), table: 'endpoints', columns })
  expect(eastWest).toContain(
    'envoy://forward_inner_connect/10.244.200.1:15008 | plain 10.244.200.1:15008 for 10.244.200.1:15008 (forward_inner_connect)',
  )
  const old = await waypointCells({ snapshot: recorded('era-1.18-authz-jwt'), table: 'endpoints', columns })
  expect(old).toContain(
    'envoy://connect_originate/10.244.1.11:9080 | HBONE 10.244.1.11:15008 for 10.244.1.11:9080 (connect_originate)',
  )
})

test('live health stands beside the configured endpoints where /clusters was collected', async () => {
  const rows = await waypointCells({
    snapshot: 'fixtures/recorded/mesh-1.30/scenario-00-base/waypoints',
    table: 'endpoints',
    proxy: 'waypoint.shop',
    wish: { cluster: 'inbound-vip|80|http|catalog.shop.svc.cluster.local' },
    columns: ['endpoint', 'outlier-check', 'locality', 'weight', 'health'],
  })
  expect(rows.slice(1)).toEqual([
    'envoy://connect_originate/10.244.0.38:8080 | OK | eu-west/eu-west-1a | 1 | in',
    'envoy://connect_originate/10.244.0.39:8080 | OK | eu-west/eu-west-1a | 1 | in',
  ])
})

test('names and matchers of 1.18 are read as they are', async () => {
  const rows = await waypointCells({
    snapshot: recorded('era-1.18-authz-jwt'),
    table: 'chains',
    wish: { chain: 'inbound-vip|9080||reviews' },
    columns: ['address', 'port', 'chain', 'filters'],
  })
  expect(rows[1]).toBe(
    '10.96.1.2 | 9080 | inbound-vip|9080||reviews.default.svc.cluster.local-http | [http] → jwt https://a.example → istio_authn → rbac DENY default/deny-admin, default/deny-unselected, istio-system/deny-root → rbac ALLOW default/allow-some → grpc_stats → fault → cors → router',
  )
})

test('a rejected update is told below the default table and is a row of the wide one', async () => {
  const snapshot = recorded('36-rejected')
  const text = await waypointLines({ snapshot, table: 'listeners' })
  expect(text.join('\n')).not.toContain('main_internal\n')
  expect(text.at(-1)).toMatch(/^rejected listener main_internal of .*: cannot create a filter chain matcher/)
  const wide = await waypointLines({ snapshot, table: 'listeners', format: 'wide' })
  expect(wide.filter(line => line.includes('REJECTED')).length).toBeGreaterThan(0)
})

test('several proxies get a column, and json becomes a list of them', async () => {
  const snapshot = [recorded('11-jwt'), recorded('39-eastwest-gateway')]
  const header = (await waypointCells({ snapshot, table: 'clusters' }))[0]
  expect(header).toMatch(/^PROXY \| SERVICE FQDN/)
  const json = JSON.parse((await waypointLines({ snapshot, table: 'clusters', format: 'json' })).join('\n'))
  expect(json.schemaVersion).toBe(1)
  expect(json.proxies.map(({ proxy }: { proxy: string }) => proxy)).toEqual([
    'waypoint-5d8f7c9b8-abcde.default',
    'eastwest-5d8f7c9b8-abcde.istio-system',
  ])
})

test('a table and a proxy that are not there are told with those that are', async () => {
  const snapshot = recorded('11-jwt')
  await expect(waypointLines({ snapshot, table: 'cluter' })).rejects.toThrow('dump waypoint has no table cluter')
  await expect(waypointLines({ snapshot, proxy: 'other.ns' })).rejects.toMatchObject({
    kind: 'input',
    next: ['proxies: waypoint-5d8f7c9b8-abcde.default'],
  })
})

test('a dump without EDS has the endpoints of static clusters, and says what is missing', async () => {
  const snapshot = 'fixtures/recorded/mesh-1.30/scenario-00-base/waypoints/shop-waypoint.envoy-config_dump.json'
  const json = JSON.parse((await waypointLines({ snapshot, format: 'json' })).join('\n'))
  const configs = json.configs.filter((section: { '@type': string }) => !section['@type'].includes('Endpoints'))
  const folder = mkdtempSync(join(tmpdir(), 'ambientctl-'))
  writeFileSync(join(folder, 'dump.json'), JSON.stringify({ configs }))
  const rows = await waypointCells({ snapshot: join(folder, 'dump.json'), table: 'endpoints' })
  rmSync(folder, { recursive: true })
  expect(rows).toContain('envoy://main_internal/ | UNKNOWN | - | main_internal')
  expect(rows.at(-1)).toMatch(/^endpoints of EDS clusters are not in the dump of waypoint-6dcd798b58-cl4g5\.shop/)
})
