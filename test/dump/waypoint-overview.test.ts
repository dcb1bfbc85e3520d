import { describe, expect, test } from 'vitest'
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
})
