import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { waypointLines } from './waypoint-tables.ts'

const base = 'fixtures/recorded/mesh-1.30/scenario-00-base'
const waypoints = ['shop-waypoint', 'egress-egress-wp', 'infra-shared', 'svcacct-wp-workload']

test.each(waypoints)(
  '%s: all is what istioctl proxy-config all printed of the same proxy, byte for byte',
  async name => {
    const snapshot = `${base}/waypoints/${name}.envoy-config_dump.json`
    const lines = await waypointLines({ snapshot, table: 'all' })
    expect(`${lines.join('\n')}\n`).toBe(readFileSync(`${base}/istioctl/pc-all-${name}.txt`, 'utf8'))
  },
)

test.each(waypoints)('%s: all -o json is the config dump, byte for byte', async name => {
  const file = `${base}/waypoints/${name}.envoy-config_dump.json`
  const lines = await waypointLines({ snapshot: file, table: 'all', format: 'json' })
  expect(`${lines.join('\n')}\n`).toBe(readFileSync(file, 'utf8'))
})

test('single tables have the columns of istioctl without the column that only all has', async () => {
  const snapshot = `${base}/waypoints/shop-waypoint.envoy-config_dump.json`
  const header = async (table: string) => (await waypointLines({ snapshot, table }))[0]?.replaceAll(/ {2,}/g, ' | ')
  expect(await header('c')).toBe('SERVICE FQDN | PORT | SUBSET | DIRECTION | TYPE | DESTINATION RULE')
  expect(await header('l')).toBe('ADDRESSES PORT | MATCH DESTINATION')
  expect(await header('r')).toBe('NAME | VHOST NAME | DOMAINS | MATCH | VIRTUAL SERVICE')
  expect(await header('ep')).toBe('ENDPOINT | STATUS | OUTLIER CHECK | CLUSTER')
  expect(await header('eds')).toBe('NAME | STATUS | LOCALITY | CLUSTER')
  expect(await header('s')).toBe('RESOURCE NAME | TYPE | STATUS | VALID CERT | SERIAL NUMBER | NOT AFTER | NOT BEFORE')
  expect(await header('ec')).toBe('ECDS NAME | TYPE')
  expect(await waypointLines({ snapshot, table: 'b' })).toEqual([
    'Istio Version: 1.30.3',
    'Envoy Version: 1.38.3/Modified/RELEASE/BoringSSL',
  ])
})

test('filters are those of istioctl: parts of a cluster name, an exact port, an address in any case', async () => {
  const snapshot = `${base}/waypoints/shop-waypoint.envoy-config_dump.json`
  const names = async (table: string, wish: Record<string, string | number>) =>
    waypointLines({ snapshot, table, wish, format: 'name' })
  expect(await names('clusters', { fqdn: 'cart.shop', port: 8081 })).toEqual([
    'cluster/inbound-vip|8081|http|cart.shop.svc.cluster.local',
    'cluster/inbound-vip|8081|tcp|cart.shop.svc.cluster.local',
  ])
  expect(await names('clusters', { subset: 'tcp', direction: 'inbound', fqdn: 'web' })).toEqual([
    'cluster/inbound-vip|9000|tcp|web.shop.svc.cluster.local',
  ])
  expect(await names('listeners', { port: 15008 })).toEqual(['listener/connect_terminate'])
  expect(await names('listeners', { type: 'http+tcp' })).toHaveLength(13)
  expect(await names('routes', { name: 'encap' })).toEqual(['route/encap'])
  expect(await names('eds', { cluster: 'ENCAP' })).toEqual(['endpoint/envoy://connect_originate/'])
  expect(await names('endpoints', { status: 'unhealthy' })).toEqual([])
})
