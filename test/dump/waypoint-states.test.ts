import { expect, test } from 'vitest'
import { waypointCells, waypointLines } from './waypoint-tables.ts'

// Recorded from an Envoy 1.40 with files for listeners and clusters: updates that were refused, that wait for routes,
// endpoints or a secret that never come, a listener that moved to another port, one that was removed, and hosts in every health.
const answer = (name: string) => `fixtures/dump/waypoint/states.${name}.json.gz`
const whole = ['config_dump', 'clusters', 'listeners', 'server_info'].map(answer)

test('default tables have what serves, and tell below what was refused or waits', async () => {
  const lines = await waypointCells({ snapshot: whole, table: 'listeners' })
  expect(lines.filter(line => line.startsWith('127'))).toEqual([
    '127.0.0.1 | 8101 | ALL | Cluster: plain',
    '127.0.0.1 | 8104 | ALL | Cluster: plain',
    '127.0.0.1,::1 15090 ALL | Cluster: xds-grpc',
  ])
  expect(lines.slice(lines.indexOf('') + 1)).toEqual([
    "rejected listener moves of waypoint-7d.shop: Didn't find a registered implementation for 'envoy.filters.network.nosuch' with type URL: 'google.protobuf.StringValue'",
    'warming listener grows of waypoint-7d.shop',
    "rejected listener never-accepted of waypoint-7d.shop: Didn't find a registered implementation for 'nosuch.filter' with type URL: 'google.protobuf.StringValue'",
  ])
})

test('the wide table has each version of a listener, and which of them is bound', async () => {
  const lines = await waypointLines({
    snapshot: whole,
    table: 'listeners',
    format: 'csv',
    columns: ['name', 'port', 'bound', 'state', 'version'],
  })
  expect(lines).toContain('moves,8104,yes,ACTIVE,l2')
  const wide = await waypointLines({
    snapshot: whole,
    table: 'listeners',
    format: 'wide',
    columns: ['name', 'port', 'bound', 'state', 'version', 'reason'],
  })
  const rows = wide.map(line => line.trim().split(/ +/).slice(0, 5).join(' '))
  expect(rows).toContain('moves 8100 no DRAINING l1')
  expect(rows).toContain('moves 8104 yes ACTIVE l2')
  expect(rows).toContain('grows 8101 yes ACTIVE l1')
  expect(rows).toContain('leaves 8102 no DRAINING l1')
  expect(rows.filter(row => row.startsWith('never-accepted'))).toHaveLength(1)
  expect(wide.find(line => line.startsWith('grows') && line.includes('WARMING'))).toContain('serves nothing yet')
})

test('clusters tell load balancing, limits and checks, and which wait', async () => {
  const rows = await waypointCells({
    snapshot: whole,
    table: 'clusters',
    format: 'wide',
    columns: ['service-fqdn', 'load-balancing', 'outlier', 'circuit', 'health-checks', 'state'],
  })
  expect(rows).toContain(
    'cart.shop.svc.cluster.local | LEAST_REQUEST, weighted localities, panic below 20% healthy | consecutive_5xx=5,interval=5s,base_ejection_time=30s,max_ejection_percent=50,enforcing_success_rate=0,consecutive_gateway_failure=3,enforcing_consecutive_gateway_failure=100 | max_connections=100,max_pending_requests=10,max_requests=200,max_retries=3,HIGH max_connections=7 | ACTIVE',
  )
  expect(rows).toContain(
    'plain | RING_HASH, ring of 1024 | consecutive_5xx=1,base_ejection_time=600s,max_ejection_percent=100 | http /healthz every 0.300s, out after 1 | ACTIVE',
  )
  expect(rows).toContain('waits | ROUND_ROBIN | WARMING')
})

const columns = ['endpoint', 'status', 'outlier-check', 'locality', 'weight', 'priority', 'health']

test('health of endpoints is what the control plane gave and what Envoy found', async () => {
  const rows = await waypointCells({ snapshot: whole, table: 'endpoints', columns })
  expect(rows).toContain('127.0.0.1:9002 | HEALTHY | FAILED | 1 | 0 | out: failed_outlier_check')
  expect(rows).toContain('127.0.0.1:9004 | DRAINING | OK | 1 | 0 | out: eds_health_status DRAINING')
  expect(rows).toContain('::1:9003 | HEALTHY | OK | 1 | 0 | out: failed_active_health_check')
  const cart = 'envoy://connect_originate/10.9'
  expect(rows).toContain(`${cart}.0.1:8080 | HEALTHY | OK | r1/z1 | 3 | 0 | in`)
  expect(rows).toContain(`${cart}.0.4:8080 | DEGRADED | OK | r1/z1 | 1 | 0 | in when nothing better is`)
  expect(rows).toContain(`${cart}.1.1:8080 | HEALTHY | OK | r2/z9/rack7 | 1 | 1 | in`)
})

test('a config dump alone calls every host UNHEALTHY that is out, and says that it cannot tell why', async () => {
  const rows = await waypointCells({
    snapshot: answer('config_dump'),
    table: 'endpoints',
    columns: ['endpoint', 'status', 'health', 'reason'],
  })
  const reason = 'UNHEALTHY, DRAINING, TIMEOUT or failed a check: only /clusters tells which'
  expect(rows).toContain(`127.0.0.1:9002 | UNHEALTHY | - | ${reason}`)
  expect(rows).toContain(`envoy://connect_originate/10.9.0.2:8080 | UNHEALTHY | - | ${reason}`)
  expect(rows).toContain('127.0.0.1:9001 | HEALTHY | -')
})

test('secrets that came to nothing or are no certificates say so, and print nothing of themselves', async () => {
  const rows = await waypointCells({
    snapshot: whole,
    table: 'secrets',
    format: 'wide',
    columns: ['resource-name', 'status', 'reason'],
  })
  expect(rows.slice(2)).toEqual([
    'never-comes | UNINITIALIZED | warming: waits for what it depends on, serves nothing yet; nothing came yet',
    'static-cert | STATIC',
    'roots | STATIC',
    'tickets | STATIC | holds session ticket keys, no certificate',
    'token | STATIC | holds a secret of another kind, no certificate',
  ])
})

test('a filter that is delivered on its own is read with its version', async () => {
  const rows = await waypointCells({
    snapshot: whole,
    table: 'ecds',
    format: 'wide',
    columns: ['name', 'does', 'state', 'version'],
  })
  expect(rows.slice(2)).toEqual(['limit-all | 10 at once, 10 per 60s, enforced for 100% | ACTIVE | x1'])
})

test('one answer alone gives what it has, and says that there is more', async () => {
  const part =
    'only a part of the configuration of PROXY was collected: what is absent here may be configured all the same'
  const clusters = await waypointLines({ snapshot: answer('clusters'), table: 'endpoints' })
  expect(clusters).toContain(part.replace('PROXY', answer('clusters')))
  expect(clusters.some(line => /^127\.0\.0\.1:9002 +HEALTHY +FAILED +plain/.test(line))).toBe(true)
  const server = await waypointLines({ snapshot: answer('server_info'), table: 'bootstrap', format: 'wide' })
  expect(server.map(line => line.replace(/^.*?\b(?=[A-Z])/, ''))).toContainEqual(
    expect.stringMatching(/^State: +LIVE$/),
  )
  const overview = await waypointLines({ snapshot: answer('server_info') })
  expect(overview).toContain(part.replace('PROXY', 'waypoint-7d.shop'))
  expect(overview).not.toContain('no chain in force leads to a service')
})
