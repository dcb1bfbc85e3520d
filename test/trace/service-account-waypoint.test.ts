import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readMesh } from '#pipeline/read-mesh.ts'
import { follow } from '#trace/follow.ts'
import { parseTarget } from '#trace/request.ts'
import { resolveSource } from '#trace/source.ts'
import { verdictsOf } from '#trace/trace.ts'
import { worldOf } from '#trace/world.ts'

const waypoint = '10.244.200.1'
const reviews = ['10.244.1.11', '10.244.1.12', '10.244.1.13']

/** A workload as ztunnels of 1.18 dump it: the waypoint of its service account is a list of addresses. */
const workload = (
  name: string,
  workloadIp: string,
  serviceAccount: string,
  waypointAddresses: readonly string[] = [],
) => ({
  ...{ name, workloadIp, serviceAccount, waypointAddresses, namespace: 'default', trustDomain: 'cluster.local' },
  ...{
    protocol: name.includes('waypoint') ? 'TCP' : 'HBONE',
    workloadName: serviceAccount,
    workloadType: 'deployment',
  },
  ...{ canonicalName: serviceAccount, canonicalRevision: 'v1', node: 'node1', clusterId: 'Kubernetes' },
  ...{ nativeHbone: false, gatewayAddress: null, authorizationPolicies: [], status: 'Healthy' },
})

const ztunnel = () => ({
  workloads: Object.fromEntries(
    [
      workload('sleep-0', '10.244.9.1', 'sleep'),
      workload('reviews-waypoint-5d8f7c9b8-abcde', waypoint, 'waypoint'),
      ...reviews.map((ip, index) => workload(`reviews-${index}`, ip, 'bookinfo-reviews', [waypoint])),
    ].map(one => [one.workloadIp, one]),
  ),
  vips: { '10.96.1.2:9080': reviews.map(ip => [ip, 9080]) },
  workload_to_vip: Object.fromEntries(reviews.map(ip => [ip, [['10.96.1.2:9080', 9080]]])),
  policies: {},
  policies_by_namespace: {},
  proxy_mode: 'Shared',
  local_node: 'node1',
  version: { istio_version: '1.18.0' },
  config: { local_node: 'node1' },
  certificates: [],
})

const traced = async (era: string, to: string) => {
  const dump = join(mkdtempSync(join(tmpdir(), 'ambientctl-')), 'ztunnel.json')
  writeFileSync(dump, JSON.stringify(ztunnel()))
  const scenario = `fixtures/recorded/waypoint-eras/${era}/02-sa-scoped-waypoint`
  const world = worldOf(await readMesh([dump, `${scenario}/config_dump.json.gz`]))
  return follow(world, resolveSource(world, 'default/sleep-0'), parseTarget(to, {}))
}

test.each([
  ['1.18.7', 'http://10.96.1.2:9080/'],
  ['1.18.7', 'http://10.244.1.11:9080/'],
  ['1.20.8', 'http://10.96.1.2:9080/'],
  ['1.20.8', 'http://10.244.1.11:9080/'],
])('the waypoint of a service account in %s takes %s', async (era, to) => {
  const verdicts = verdictsOf(await traced(era, to))
  const addresses = new Set(verdicts.map(verdict => (verdict.kind === 'delivered' ? verdict.address : verdict.kind)))
  expect([...addresses].toSorted()).toEqual(
    to.includes('10.244.1.11') ? ['10.244.1.11:9080'] : reviews.map(ip => `${ip}:9080`),
  )
  for (const verdict of verdicts)
    expect(verdict).toMatchObject({
      peer: { address: waypoint, identity: 'spiffe://cluster.local/ns/default/sa/waypoint' },
    })
})
