import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { sidecarDump } from '../support/sidecar.ts'
import { ambientctl } from './ambientctl.ts'

const folder = mkdtempSync(join(tmpdir(), 'ambientctl-'))
const saved = (name: string, value: unknown): string => {
  writeFileSync(join(folder, name), JSON.stringify(value))
  return join(folder, name)
}

const waypoints = 'fixtures/recorded/mesh-1.30/scenario-06-waypoint-authz-service/waypoints'
const dump = (name: string) => `fixtures/dump/waypoint/${name}.config_dump.json.gz`

const run = async (snapshot: string, ...args: readonly string[]) => {
  const ended = await ambientctl(['dump', 'waypoint', ...args, '--snapshot', snapshot])
  return { ...ended, rows: ended.out.split('\n').map(line => line.trimEnd().replaceAll(/ {2,}/g, ' | ')) }
}

describe('without a table', () => {
  test('each proxy is told with every way through it: policies, endpoints, tunnel', async () => {
    const { code, err, rows } = await run(waypoints, 'services', 'waypoint.shop')
    expect([code, err]).toEqual([0, ''])
    expect(rows).toContain(
      'cart.shop.svc.cluster.local | 10.96.84.165 | 80 | http | rbac DENY shop/cart-l7-deny → rbac ALLOW shop/cart-l7-allow | 1 | - | 2/2 | HBONE (connect_originate)',
    )
    expect(rows).toContain(
      'cart.shop.svc.cluster.local | 10.96.84.165 | 9000 | tcp | rbac DENY shop/cart-l7-deny → rbac ALLOW nobody | - | - | 2/2 | HBONE (connect_originate)',
    )
    const overview = await run(waypoints)
    expect(overview.out).toMatch(
      /^waypoint waypoint-6dcd798b58-\w+\.shop of Gateway shop\/waypoint: Istio 1\.30\.3, Envoy 1\.38\.3$/m,
    )
    expect(overview.out).toMatch(/certificate of spiffe:\/\/cluster\.local\/ns\/shop\/sa\/waypoint is not valid: /)
    for (const row of rows.filter(row => row.startsWith('cart.'))) expect(overview.rows).toContain(row)
  })

  test('a refused main_internal leaves no way, and the reason is told', async () => {
    const { code, out } = await run(dump('36-rejected'))
    expect(code).toBe(0)
    expect(out).toContain('no chain in force leads to a service')
    expect(out).toMatch(/^rejected listener main_internal of .*: cannot create a filter chain matcher/m)
    expect(out).not.toContain('\\n')
  })

  test('where a route splits, the objects and all endpoints stand in one row', async () => {
    const { rows } = await run(dump('21-dr-subsets'))
    expect(rows.find(row => row.startsWith('reviews.default'))).toMatch(
      /VirtualService default\/reviews, DestinationRule default\/reviews/,
    )
  })

  test('json is the whole dump, ndjson and csv are the services', async () => {
    const { out } = await run(dump('36-rejected'), '-o', 'json')
    expect(Object.keys(JSON.parse(out) as object)).toContain('configs')
    const ndjson = await run(waypoints, '-o', 'ndjson')
    const [first] = ndjson.out.trimEnd().split('\n')
    expect(JSON.parse(first ?? '')).toMatchObject({ table: 'services', via: [expect.any(String)] })
    expect((await run(waypoints, '-o', 'csv')).out).toMatch(
      /^proxy,service,address,port,.*\n.*,80,http,-,1,-,1\/1,plain$/m,
    )
  })
})

test('chains of a sidecar stand under address, port and protocol by their own match', async () => {
  const { code, rows } = await run(saved('sidecar.json', sidecarDump()), 'chains')
  expect(code).toBe(0)
  expect(rows).toContain('virtualOutbound | * | 15001 | * | - | virtualOutbound-blackhole | [tcp_proxy]')
  expect(rows).toContain('virtualOutbound | * | * | * | - | virtualOutbound-catchall-tcp | [tcp_proxy]')
  expect(rows).toContain(
    '0.0.0.0_80 | * | 80 | http/1.1,h2c | transport=raw_buffer | #0 | [http] → istio.alpn → fault → cors → router',
  )
})

test('a filter that istiod made of an extension names it', async () => {
  const { rows } = await run(dump('28-wasm-trafficextension'), 'filters', '--columns', 'filter,from')
  expect(rows).toContain('extensions.istio.io/trafficextension/default.lua | TrafficExtension default/lua')
  expect(rows).toContain(
    'extensions.istio.io/trafficextension/default.w~istio-translated-wasmplugin | WasmPlugin default/w',
  )
})

describe('what is refused', () => {
  test('a waypoint that is no Envoy, by its name', async () => {
    const { code, out, err } = await run(saved('agent.json', { binds: [], config: {}, version: '1.0' }))
    expect([code, out]).toEqual([65, ''])
    expect(err).toMatch(/agent\.json is the dump of an agentgateway, a waypoint that is no Envoy/)
  })

  test.each([
    [['nosuch'], 64, /dump waypoint has no table nosuch\n {2}try: tables: all, bootstrap, services, /],
    [['clusters', 'other.ns'], 65, /no dump of other\.ns\n {2}try: proxies: /],
    [['services', '--columns=nosuch'], 64, /there is no column nosuch\n {2}try: columns: proxy, service, address, /],
  ] as const)('%j ends with %i', async (args, code, message) => {
    const ended = await run(dump('05-authz-allow-gateway'), ...args)
    expect([ended.code, ended.out]).toEqual([code, ''])
    expect(ended.err).toMatch(message)
  })
})
