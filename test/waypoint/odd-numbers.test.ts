import { expect, test } from 'vitest'
import type { EnvoyJson } from '#model/envoy.ts'
import { decideWaypoint } from '#waypoint/decide.ts'
import { cluster, filter, get, host, httpWaypoint, router, routes } from './made.ts'

const endings = (manager: EnvoyJson, value = '1') =>
  decideWaypoint(
    httpWaypoint(manager, [cluster('c', [host('10.1.1.1')]), cluster('d', [host('10.1.1.2')])]),
    get('/', { headers: [['x-n', value]] }),
  ).branches.map(({ ending, probability }) => [ending.kind, probability])

const byNumber = (start: unknown, end: unknown) =>
  routes({
    match: { prefix: '/', headers: [{ name: 'x-n', range_match: { start, end } }] },
    route: { cluster: 'c' },
  })

test('a range of 64-bit numbers keeps every digit', () => {
  const range = byNumber('9007199254740993', '9007199254740995')
  expect(endings(range, '9007199254740993')[0]?.[0]).toBe('forwarded')
  expect(endings(range, '9007199254740992')[0]?.[0]).not.toBe('forwarded')
})

test('numbers that are none of their kind end in a decision', () => {
  expect(endings(byNumber(0.5, 'x'))).toHaveLength(1)
  const clusters = [
    { name: 'c', weight: 1.5 },
    { name: 'd', weight: 1 },
  ]
  const weighted = routes({ match: { prefix: '/' }, route: { weighted_clusters: { clusters, header_name: 'x-n' } } })
  expect(endings(weighted).every(([kind]) => kind === 'forwarded')).toBe(true)
  const sources = { remote_ip: { address_prefix: '10.0.0.0', prefix_len: 7.5 } }
  const policy = { permissions: [{ any: true }], principals: [sources] }
  const guard = filter('rbac', 'extensions.filters.http.rbac.v3.RBAC', { rules: { policies: { p: policy } } })
  const guarded = { ...routes({ match: { prefix: '/' }, route: { cluster: 'c' } }), http_filters: [guard, router] }
  expect(endings(guarded)).toHaveLength(1)
})
