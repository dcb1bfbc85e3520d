import type { Netns } from '#model/netfilter.ts'
import { evaluate } from './evaluate.ts'
import type { Evaluation } from './fate.ts'
import type { Family } from './ip.ts'
import type { Kernel } from './kernel.ts'
import { deviceTo, topologyAround } from './node-topology.ts'
import type { Packet } from './packet.ts'
import { prepareKernel } from './prepare/kernel.ts'
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
  const device = deviceTo(node, pod)
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
