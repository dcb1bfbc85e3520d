import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { cellWidth } from '#render/list/cell.ts'
import { waypointLines } from './waypoint-tables.ts'

const mesh = 'fixtures/recorded/mesh-1.30/scenario-06-waypoint-authz-service/waypoints'
const recorded = (name: string) => `fixtures/recorded/waypoint-1.30/${name}/config_dump.json.gz`

describe('the overview of waypoints', () => {
  test.each([80, 120])('fits on a screen of %i columns, whatever names it has', async width => {
    for (const snapshot of [mesh, recorded('39-eastwest-gateway'), recorded('02-waypoint-for-all')])
      for (const line of await waypointLines({ snapshot, width })) expect(cellWidth(line)).toBeLessThanOrEqual(width)
  })

  test('tells the same there as in its table', async () => {
    const narrow = (await waypointLines({ snapshot: mesh, width: 80 })).join('\n')
    expect(narrow).toContain(
      'cart.shop.svc.cluster.local 10.96.84.165:80 http\n    rbac DENY shop/cart-l7-deny → rbac ALLOW',
    )
    expect(narrow).toMatch(/1 route → 2\/2\s+endpoints, HBONE \(connect_originate\)/)
    expect((await waypointLines({ snapshot: mesh, width: 200 })).join('\n')).toMatch(/^SERVICE +ADDRESS +PORT/m)
  })

  test('has the name by which a tunnel asks where no address is looked at', async () => {
    const lines = await waypointLines({ snapshot: recorded('39-eastwest-gateway') })
    expect(lines.map(line => line.replaceAll(/ {2,}/g, ' | '))).toContain(
      'waypoint.default.svc.cluster.local | reviews.default.svc.cluster.local | 9080 | tcp | - | - | - | 1/1 | plain (forward_inner_connect)',
    )
  })

  test('counts no endpoints where each request brings its own, and does not call them unhealthy', async () => {
    const told = async (name: string) =>
      (await waypointLines({ snapshot: recorded(name) })).map(line => line.replaceAll(/ {2,}/g, ' | '))
    expect(await told('24-serviceentry')).toEqual(
      expect.arrayContaining([
        'without a healthy endpoint: nx.example.com:80',
        'none.example.com | 203.0.113.50 | 9000 | tcp | rbac DENY default/sed2 | - | - | - | plain to where the client asked',
        '*.wild.example.com | 240.1.0.9 | 80 | http | dynamic_forward_proxy | 1 | - | - | plain to the host that is asked for, by DNS',
      ]),
    )
    expect((await told('25-headless')).join('\n')).not.toContain('without a healthy endpoint')
    const empty = await told('37-no-endpoints')
    expect(empty).toContain('unready.default.svc.cluster.local | 10.96.9.2 | 9080 | http | - | 1 | - | 0/0 | -')
  })

  test('names what stands before every chain', async () => {
    const line = 'every tunnel passes first: lua → local_ratelimit'
    expect(await waypointLines({ snapshot: recorded('42-envoyfilter-hits-connect-terminate') })).toContain(line)
    for (const name of ['11-jwt', '39-eastwest-gateway'])
      expect((await waypointLines({ snapshot: recorded(name) })).join('\n')).not.toContain('passes first')
  })
})

describe('a dump without some sections', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ambientctl-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const without = (...types: readonly string[]): string => {
    const { configs } = JSON.parse(gunzipSync(readFileSync(recorded('11-jwt'))).toString()) as {
      configs: readonly { readonly '@type': string }[]
    }
    const file = join(folder, `without-${types.join('-')}.json`)
    const kept = configs.filter(section => !types.some(type => section['@type'].endsWith(type)))
    writeFileSync(file, JSON.stringify({ configs: kept }))
    return file
  }

  test('does not take endpoints that were not collected for none', async () => {
    const lines = await waypointLines({ snapshot: without('EndpointsConfigDump') })
    expect(lines.join('\n')).not.toContain('without a healthy endpoint')
    expect(lines.map(line => line.replaceAll(/ {2,}/g, ' | ')).at(-3)).toMatch(
      /^reviews\.default\.svc\.cluster\.local .* unknown \| -$/,
    )
  })

  test('says so where its table would be empty', async () => {
    const snapshot = without('BootstrapConfigDump', 'SecretsConfigDump')
    const [bootstrap] = await waypointLines({ snapshot, table: 'bootstrap' })
    expect(bootstrap).toMatch(/^No bootstrap in the dump/)
    expect(await waypointLines({ snapshot, table: 'secrets' })).toContain('No active or warming secrets found.')
  })
})
