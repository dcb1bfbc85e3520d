import { expect, test } from 'vitest'
import type { KubernetesObject } from '#model/kubernetes.ts'
import { KubernetesObjects } from '#model/kubernetes.ts'
import { type World, worldOf } from '#trace/world.ts'
import { ztunnelPresence } from '#trace/ztunnel-presence.ts'
import { object, worldWith } from './objects.ts'

const cni = object('Pod', 'istio-system', 'istio-cni-node-1', {
  labels: { 'k8s-app': 'istio-cni-node' },
  spec: { nodeName: 'n1' },
  status: { phase: 'Running' },
})
const app = object('Pod', 'shop', 'web', { spec: { nodeName: 'n1' }, status: { phase: 'Running' } })
const ztunnel = (node: string, status: Readonly<Record<string, unknown>>, raw = {}): KubernetesObject =>
  object('Pod', 'istio-system', `ztunnel-${node}`, {
    labels: { app: 'ztunnel' },
    spec: { nodeName: node },
    status,
    raw,
  })
const inState = (state: Readonly<Record<string, unknown>>) => ({ phase: 'Running', containerStatuses: [{ state }] })
const runningSince = inState({ running: { startedAt: '2026-11-25T12:00:00Z' } })
const deleted = { metadata: { deletionTimestamp: '2026-11-25T12:00:00Z' } }

test.each([
  ['its container runs', [cni, ztunnel('n1', runningSince)], 'yes'],
  ['nothing tells of its container', [cni, ztunnel('n1', { phase: 'Running' })], 'yes'],
  ['its container waits', [cni, ztunnel('n1', inState({ waiting: { reason: 'CrashLoopBackOff' } }))], 'no'],
  ['it is not scheduled yet', [cni, ztunnel('n1', { phase: 'Pending' })], 'no'],
  ['it is being deleted and may still drain', [cni, ztunnel('n1', runningSince, deleted)], 'unknown'],
  ['it runs on another node only', [cni, ztunnel('n2', runningSince)], 'no'],
  ['it is not there', [cni, app], 'no'],
  ['nobody listed the pods of Istio', [app], 'unknown'],
  ['nobody listed any pod', [], 'unknown'],
] as const)('%s', (_, pods, runs) => {
  expect(ztunnelPresence(worldWith(...pods), 'n1').runs).toBe(runs)
})

test('what says that it does not run is cited', () => {
  expect(ztunnelPresence(worldWith(cni, app), 'n1').evidence).toEqual([
    { from: 'absence', file: 'objects.json', lookedFor: 'Pod of ztunnel (app=ztunnel) on node n1' },
  ])
})

const listedIn = (namespaces: readonly string[], ...pods: readonly KubernetesObject[]): World => {
  const { mesh } = worldWith()
  return worldOf({ ...mesh, kubernetes: new KubernetesObjects(pods, ['Pod'], new Map([['Pod', new Set(namespaces)]])) })
}

test('pods of some namespaces tell only where ztunnels are known to live', () => {
  expect(ztunnelPresence(listedIn(['istio-system', 'shop'], cni, app), 'n1').runs).toBe('unknown')
  expect(ztunnelPresence(listedIn(['istio-system'], cni, ztunnel('n2', runningSince)), 'n1').runs).toBe('no')
})

test('a dump that was collected and not read proves that it runs', () => {
  const { mesh } = worldWith(cni, app)
  const world = worldOf({ ...mesh, unread: [{ kind: 'ztunnel', name: 'n1' }] })
  expect(ztunnelPresence(world, 'n1').runs).toBe('yes')
})
