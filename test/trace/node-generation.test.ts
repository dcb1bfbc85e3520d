import { describe, expect, test } from 'vitest'
import { KubernetesObjects } from '#model/kubernetes.ts'
import type { Mesh } from '#model/mesh.ts'
import type { Netns, NetnsSubject } from '#model/netfilter.ts'
import { captureIn, captureOut, dnsWay } from '#trace/capture.ts'
import type { Capture } from '#trace/captured.ts'
import type { Source } from '#trace/source.ts'
import type { Pod, World } from '#trace/world.ts'
import { worldOf } from '#trace/world.ts'
import { netnsFrom, type Recording, recordingIn } from '../netns/read.ts'
import { pod } from './objects.ts'

const folder = (capture: string, netns: string): string => `fixtures/recorded/redirection/${capture}/${netns}`

const recorded = (subject: NetnsSubject, recording: Recording): Netns => ({ ...netnsFrom(recording), subject })

/** The programs of the eBPF capture lie beside the folders of the two namespaces. */
const besides = (capture: string): Recording =>
  Object.fromEntries(
    Object.entries(recordingIn(`fixtures/recorded/redirection/${capture}`)).filter(([name]) =>
      /^(node-|bpftool-)/.test(name),
    ),
  )

const worldAround = (capture: string, withZtunnel: boolean): World => {
  const node = recorded({ kind: 'node', node: 'n1' }, { ...recordingIn(folder(capture, 'node')), ...besides(capture) })
  const ztunnel = recorded({ kind: 'ztunnel', node: 'n1' }, recordingIn(folder(capture, 'ztunnel')))
  const mesh: Mesh = {
    ztunnels: [],
    waypoints: [],
    netns: withZtunnel ? [node, ztunnel] : [node],
    logs: [],
    failures: [],
    kubernetes: new KubernetesObjects([
      pod('shop', 'a', '10.244.1.10'),
      pod('shop', 'b', '10.244.1.11'),
      pod('shop', 'plain', '10.244.1.12'),
    ]),
    issues: [],
  }
  return worldOf(mesh)
}

const named = (world: World, name: string): Pod => {
  const found = world.podNamed('shop', name)
  if (found === undefined) throw new Error(name)
  return found
}

const outsider: Source = { kind: 'external', ip: '203.0.113.10' }
const node: Source = { kind: 'node', node: 'n1' }
const remote = { ip: '10.96.0.50', port: 80 }

const told = ({ outcome, hop }: Capture) => {
  const [{ kind, detail }] = hop.steps
  return [outcome, hop.place.kind, kind === 'capture' ? detail.port : undefined]
}

describe.each([
  ['node-1.18', true],
  ['node-1.18', false],
  ['node-1.20', true],
  ['ebpf-1.20', false],
] as const)('%s, ztunnel recorded: %s', (capture, withZtunnel) => {
  const world = worldAround(capture, withZtunnel)

  test('what a pod of the mesh opens goes to ztunnel by the node', () => {
    expect(told(captureOut(world, named(world, 'a'), remote))).toEqual(['captured', 'node', 15001])
  })

  test('a pod outside the mesh is left alone', () => {
    expect(told(captureOut(world, named(world, 'plain'), remote))).toEqual(['passed', 'node', undefined])
  })

  test.each([
    [15008, 15008],
    [8080, 15006],
  ])('port %i of a pod of the mesh is taken by ztunnel on %i', (port, takes) => {
    const b = named(world, 'b')
    const capture_ = captureIn(
      world,
      b,
      { ip: '10.244.1.11', port },
      { source: outsider, peer: { address: '203.0.113.10' } },
    )
    expect(told(capture_)).toEqual(['captured', 'node', takes])
  })

  test("the node's own process, a kubelet among them, reaches the pod itself", () => {
    const b = named(world, 'b')
    expect(told(captureIn(world, b, { ip: '10.244.1.11', port: 8080 }, { source: node, peer: {} }))[0]).toBe('passed')
  })

  test('a tunnel to a pod of the same node stays within ztunnel', () => {
    const [a, b] = [named(world, 'a'), named(world, 'b')]
    const source: Source = { kind: 'pod', pod: a, ip: '10.244.1.10', oneOf: 1 }
    const { hop } = captureIn(
      world,
      b,
      { ip: '10.244.1.11', port: 15008 },
      { source, peer: { address: '10.244.1.10' } },
    )
    expect(hop.steps[0].detail).toMatchObject({ by: 'enrolment' })
  })

  test('the answer of a rule or program is cited', () => {
    const { hop } = captureOut(world, named(world, 'a'), remote)
    expect(hop.steps[0].evidence.length).toBeGreaterThan(0)
    expect(hop.steps[0].detail).toMatchObject({ rule: expect.stringMatching(/^(mangle ztunnel-PREROUTING|tc veth)/) })
  })
})

test.each([
  ['node-1.18-dns', 'ztunnel'],
  ['node-1.18', 'cluster'],
])('DNS of a pod on %s is answered by the %s', (capture, by) => {
  const world = worldAround(capture, false)
  expect(dnsWay(world, named(world, 'a')).to).toBe(by)
})
