import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest'
import { asRecord } from '#model/kubernetes.ts'
import { start } from '../cli/ambientctl.ts'
import { holds, type Members } from './admin-api.ts'
import { giveDumps, waypointPod } from './mesh.ts'
import { documented, People, type Person } from './people.ts'
import { nameOf, pods } from './recorded.ts'

const mesh = inject('mesh')
const ztunnelPod = `istio-system/${mesh.ztunnel}`
let people: People
let reader: Person
beforeAll(async () => {
  people = await People.arrive()
  reader = await people.person('operator', documented)
})
const healthy = () => giveDumps(people.api, ztunnelPod, { '/config_dump': mesh.dumps.ztunnel })
afterEach(healthy)
afterAll(() => people.leave())

const half = mesh.dumps.ztunnel.slice(0, mesh.dumps.ztunnel.length / 2)

test('half a dump is never used', async () => {
  await giveDumps(people.api, ztunnelPod, { '/config_dump': half })
  const { code, out, err } = await reader.ambientctl('dump', 'ztunnel', '--request-timeout', '3s')
  expect([code, out, err]).toEqual([69, '', expect.stringMatching(/is cut off: JSON ends in the middle/)])
})

test('half a dump is asked for again until it is whole, and that is said', async () => {
  await giveDumps(people.api, ztunnelPod, { '/config_dump': half })
  const child = start(['dump', 'ztunnel', '-c', reader.kubeconfig])
  const [said] = await once(child.stderr, 'data')
  await healthy()
  expect(String(said)).toMatch(/^note: asked again for \/config_dump of istio-system/)
  expect(await once(child, 'close')).toEqual([0, null])
})

test('a dump of 60 MB comes whole', async () => {
  const { workloads, ...rest } = JSON.parse(mesh.dumps.ztunnel)
  const [workload] = workloads
  const count = Math.ceil(60e6 / JSON.stringify(workload).length)
  const many = Array.from({ length: count }, (_, index) => ({
    ...workload,
    uid: `large//Pod/large/pod-${index}`,
    name: `pod-${index}`,
  }))
  await giveDumps(people.api, ztunnelPod, { '/config_dump': JSON.stringify({ ...rest, workloads: many }) })
  const { code, out, err } = await reader.ambientctl(
    'dump',
    'ztunnel',
    'workloads',
    '-o',
    'name',
    '--request-timeout',
    '2m',
  )
  expect([code, err]).toEqual([0, ''])
  expect(new Set(out.match(/pod-\d+/g)).size).toBe(count)
})

test('a port where nobody listens', async () => {
  const { code, err } = await reader.ambientctl(
    'dump',
    'ztunnel',
    '--proxy-admin-port',
    '15555',
    '--request-timeout',
    '3s',
  )
  expect([code, err]).toEqual([
    69,
    expect.stringMatching(/refused.*\n {2}try: is the proxy running\? kubectl logs tells/),
  ])
})

test('a proxy that falls silent costs the time that was given', async () => {
  await giveDumps(people.api, ztunnelPod, { '/config_dump': half }, 'silence')
  const { code, err } = await reader.ambientctl('dump', 'ztunnel', '--request-timeout', '2s')
  expect([code, err]).toEqual([124, expect.stringMatching(/no answer within 2 s/)])
})

test('Ctrl-C ends it within a second', async () => {
  await giveDumps(people.api, ztunnelPod, { '/config_dump': half }, 'silence')
  const child = start(['dump', 'ztunnel', '-c', reader.kubeconfig])
  await sleep(3000)
  const begin = Date.now()
  child.kill('SIGINT')
  expect(await once(child, 'close')).toEqual([130, null])
  expect(Date.now() - begin).toBeLessThan(1000)
})

test('a waypoint that is deleted while it answers', async () => {
  const waypoint = await anotherWaypoint()
  await giveDumps(people.api, `shop/${nameOf(waypoint)}`, mesh.dumps.waypoint, 'silence')
  const ended = reader.ambientctl(
    'dump',
    'waypoint',
    'listeners',
    `shop/${nameOf(waypoint)}`,
    '--request-timeout',
    '10s',
  )
  await sleep(3000)
  await people.api.remove(waypoint)
  const { code, out, err } = await ended
  expect([code, out, err]).toEqual([69, '', expect.stringMatching(/not found.*pods "other.*run it again/s)])
  const again = await reader.ambientctl('dump', 'waypoint', 'listeners', `shop/${nameOf(waypoint)}`)
  expect([again.code, again.err]).toEqual([
    69,
    expect.stringMatching(/no proxy is called .*\n {2}try: waypoints: shop\/waypoint/),
  ])
})

/** A second waypoint beside the recorded one, of no ReplicaSet. */
const anotherWaypoint = async (): Promise<Members> => {
  const recorded = pods(mesh.node).find(pod => waypointPod.endsWith(nameOf(pod)))
  const name = 'other-5c6d7f8b9-abcde'
  const { labels, ...metadata } = asRecord(recorded?.metadata)
  const { 'pod-template-hash': _, ...own } = asRecord(labels)
  const waypoint = { ...recorded, metadata: { ...metadata, name, labels: own } }
  await people.api.create(waypoint)
  await people.api.until(`/api/v1/namespaces/shop/pods/${name}`, pod => holds(pod, 'Ready'))
  return waypoint
}
