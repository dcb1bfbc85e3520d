import type { Netns } from '#model/netfilter.ts'
import { evaluate } from './evaluate.ts'
import type { Evaluation } from './fate.ts'
import type { Family } from './ip.ts'
import type { Kernel } from './kernel.ts'
import type { Packet } from './packet.ts'
import { prepareKernel } from './prepare/kernel.ts'
import { type Port, Topology } from './topology.ts'
import { elsewhere, ownAddress, uplinkOf } from './traffic-kinds.ts'

export type NodeTrafficKind =
  | 'node-to-pod'
  | 'node-to-hbone'
  | 'node-to-outside'
  | 'pod-to-outside'
  | 'pod-to-pod'
  | 'pod-dns'
  | 'pod-icmp'
  | 'outside-to-pod'
  | 'outside-to-hbone'

export interface NodeTrafficRow {
  readonly kind: NodeTrafficKind
  readonly family: Family
  readonly packet: Packet
  readonly evaluation: Evaluation
}

export interface NodeAsked {
  readonly node: Netns
  /** Addresses of pods of the mesh on this node; the first stand for all. */
  readonly pods: readonly string[]
  /** Recorded namespaces of the node's pods and its ztunnel: packets are followed into them. */
  readonly others: readonly Netns[]
  /** User of the kubelet, where rules name it. */
  readonly kubelet?: number
}

/** One row per kind of traffic of a node that concerns pods of the mesh. */
export const nodeTraffic = ({ node, pods, others, kubelet }: NodeAsked): readonly NodeTrafficRow[] => {
  const kernel = prepareKernel(node)
  const topology = topologyAround(node, kernel, others)
  return ([4, 6] as const).flatMap(family =>
    packetsOf({ node, kernel, family, pods, kubelet }).map(([kind, packet]) => ({
      kind,
      family,
      packet,
      evaluation: evaluate(topology, packet),
    })),
  )
}

interface Place {
  readonly node: Netns
  readonly kernel: Kernel
  readonly family: Family
  readonly pods: readonly string[]
  readonly kubelet: number | undefined
}

const packetsOf = ({ node, kernel, family, pods, kubelet }: Place): readonly [NodeTrafficKind, Packet][] => {
  const [pod, other] = pods.filter(address => address.includes(':') === (family === 6))
  const uplink = uplinkOf(kernel, family)
  if (pod === undefined) return []
  const there = elsewhere[family]
  const tcp = 'tcp' as const
  const local = { kind: 'local', netns: kernel.name, ...(kubelet === undefined ? {} : { uid: kubelet }) } as const
  const from = (dev: string) => ({ kind: 'input', netns: kernel.name, dev }) as const
  const device = deviceOf(node, family, pod)
  return [
    ['node-to-pod', { protocol: tcp, destination: pod, port: 8080, origin: local }],
    ['node-to-hbone', { protocol: tcp, destination: pod, port: 15008, origin: local }],
    ['node-to-outside', { protocol: tcp, destination: there, port: 80, origin: local }],
    ...(device === undefined
      ? []
      : ([
          ['pod-to-outside', { protocol: tcp, source: pod, destination: there, port: 80, origin: from(device) }],
          ...(other === undefined
            ? []
            : [['pod-to-pod', { protocol: tcp, source: pod, destination: other, port: 8080, origin: from(device) }]]),
          ['pod-dns', { protocol: 'udp', source: pod, destination: there, port: 53, origin: from(device) }],
          ['pod-icmp', { protocol: 'icmp', source: pod, destination: there, origin: from(device) }],
        ] as [NodeTrafficKind, Packet][])),
    ...(uplink === undefined || ownAddress(uplink, family) === undefined
      ? []
      : ([
          ['outside-to-pod', { protocol: tcp, source: there, destination: pod, port: 8080, origin: from(uplink.name) }],
          [
            'outside-to-hbone',
            { protocol: tcp, source: there, destination: pod, port: 15008, origin: from(uplink.name) },
          ],
        ] as [NodeTrafficKind, Packet][])),
  ]
}

const tunnels = new Set(['istioin', 'istioout'])

/** The device by which the node reaches the pod itself: its veth, or the bridge that its veth is a port of. */
const deviceOf = (node: Netns, family: Family, address: string): string | undefined => {
  const hops = (node.routes[family] ?? [])
    .filter(({ type, table }) => type === 'unicast' && table === 'main')
    .flatMap(({ destination, hops }) => hops.map(({ device }) => ({ destination, device })))
  const own = hops.find(({ destination }) => destination.replace(/\/(32|128)$/, '') === address)
  const device = own?.device ?? subnetDevice(node, address)
  return device === undefined || tunnels.has(device) ? undefined : device
}

/** The device with an address of the pod's own subnet. */
const subnetDevice = ({ links }: Netns, address: string): string | undefined =>
  (links ?? []).find(({ addresses, flags }) => {
    if (flags.includes('LOOPBACK')) return false
    return addresses.some(({ ip, prefixLength }) => prefixLength < 32 && sharesPrefix(ip, address, prefixLength))
  })?.name

const sharesPrefix = (left: string, right: string, length: number): boolean => {
  if (left.includes(':') || right.includes(':')) return false
  const bits = (ip: string): number => ip.split('.').reduce((all, part) => all * 256 + Number(part), 0)
  const size = 2 ** (32 - length)
  return Math.floor(bits(left) / size) === Math.floor(bits(right) / size)
}

/** A veth that the node's routes name for one address leads to the namespace that has this address. */
const topologyAround = (node: Netns, kernel: Kernel, others: readonly Netns[]): Topology => {
  const found = others.flatMap(other => {
    const inside = prepareKernel(other)
    const uplink = uplinkOf(inside, 4)
    const address = uplink === undefined ? undefined : ownAddress(uplink, 4)
    const device = address === undefined ? undefined : vethTo(node, address)
    if (uplink === undefined || device === undefined || inside.name === kernel.name) return []
    const wire: readonly [Port, Port] = [
      { netns: kernel.name, dev: device },
      { netns: inside.name, dev: uplink.name },
    ]
    return [{ inside, wire }]
  })
  return new Topology(
    [kernel, ...found.map(({ inside }) => inside)],
    found.map(({ wire }) => wire),
  )
}

const vethTo = ({ routes }: Netns, address: string): string | undefined =>
  routes[4]?.find(
    ({ table, destination, hops }) =>
      table === 'main' && destination.replace(/\/32$/, '') === address && hops.length === 1,
  )?.hops[0]?.device
