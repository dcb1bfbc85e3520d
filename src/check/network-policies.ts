import type { KubernetesObject } from '#model/kubernetes.ts'
import type { GatewayAddress } from '#model/ztunnel.ts'
import { membershipOf } from '#trace/membership.ts'
import type { Governing } from '#trace/network-policy.ts'
import { governing } from '#trace/network-policy.ts'
import type { Pod, World } from '#trace/world.ts'
import { together } from './together.ts'
import { waypointGateways, waypointWorkloads } from './waypoint-use.ts'
import { ztunnelIndexes } from './ztunnels.ts'

export const hbone = 15008

/** NetworkPolicies that let a pod talk to another on a port of its application, and not through a tunnel. */
export interface BlockedTunnel {
  /** Whose policies refuse: those of the receiver, or of the sender. */
  readonly direction: 'ingress' | 'egress'
  readonly policies: readonly KubernetesObject[]
  readonly pod: Pod
  /** Undefined where they let nobody through. */
  readonly peer?: Pod
  /** What they admit instead; none where the peer is a waypoint that they forget. */
  readonly port?: number
}

/** One example for each pod that policies select. */
export const blockedTunnels = (world: World): readonly BlockedTunnel[] => {
  if (world.mesh.kubernetes.of('NetworkPolicy').length === 0) return []
  const kinds = together(
    world.pods.filter(pod => pod.ips.length > 0 && speaksHbone(world, pod)),
    kindOf,
  )
  const waypointsOf = waypointsByPod(world)
  return kinds.flatMap(kind => {
    const [pod, twin] = kind
    const peers = kinds.flatMap(other => (other === kind ? (twin ?? []) : other[0]))
    return (['ingress', 'egress'] as const).flatMap(direction => {
      const rules = governing(world, direction, pod)
      const blocked =
        rules === undefined
          ? undefined
          : (behindPorts(rules, direction, pod, peers) ?? waypointForgotten(rules, direction, pod, peers, waypointsOf))
      return blocked === undefined ? [] : kind.map(member => ({ ...blocked, pod: member }))
    })
  })
}

/** Captured, or a waypoint. */
const speaksHbone = (world: World, pod: Pod): boolean =>
  membershipOf(world, pod).captured === 'yes' || isWaypoint(world, pod)

const isWaypoint = (world: World, { namespace, object }: Pod): boolean =>
  waypointGateways(world).some(
    gateway =>
      gateway.namespace === namespace && gateway.name === object?.labels['gateway.networking.k8s.io/gateway-name'],
  )

/** Pods that no selector can tell apart are of one kind. */
const kindOf = ({ namespace, object }: Pod): string => {
  const { 'pod-template-hash': _, 'controller-revision-hash': __, ...labels } = object?.labels ?? {}
  return `${namespace} ${JSON.stringify(Object.entries(labels).toSorted())}`
}

const behindPorts = (
  { policies, admits, opens, ports }: Governing,
  direction: BlockedTunnel['direction'],
  pod: Pod,
  peers: readonly Pod[],
): BlockedTunnel | undefined => {
  const [named] = ports(pod)
  if (direction === 'ingress' && named !== undefined && !opens(hbone)) return { direction, policies, pod, port: named }
  for (const peer of peers) {
    if (admits(peer, hbone) !== 'no') continue
    const port = ports(direction === 'ingress' ? pod : peer).find(one => admits(peer, one) === 'yes')
    if (port !== undefined) return { direction, policies, pod, peer, port }
  }
  return undefined
}

/** A pod that lets its clients in and not the waypoint through which they come; a client that may reach all but that. */
const waypointForgotten = (
  { policies, admits }: Governing,
  direction: BlockedTunnel['direction'],
  pod: Pod,
  peers: readonly Pod[],
  waypointsOf: (pod: Pod) => readonly Pod[],
): BlockedTunnel | undefined => {
  const admitted = peers.filter(peer => admits(peer, hbone) === 'yes')
  const servers = direction === 'egress' ? admitted : admitted.length > 0 ? [pod] : []
  for (const server of servers) {
    const waypoints = waypointsOf(server)
    const [peer] = waypoints
    if (peer !== undefined && waypoints.every(waypoint => waypoint !== pod && admits(waypoint, hbone) === 'no'))
      return { direction, policies, pod, peer }
  }
  return undefined
}

/** Pods of the waypoints of a pod and of the services in front of it. */
const waypointsByPod = (world: World): ((pod: Pod) => readonly Pod[]) => {
  const [index] = ztunnelIndexes(world)
  const found = new Map<string, Set<Pod>>()
  const attach = (uid: string, { waypoint }: { readonly waypoint?: GatewayAddress | undefined }): void => {
    if (index === undefined || waypoint === undefined) return
    const pods = waypointWorkloads(index, waypoint).flatMap(
      ({ namespace, name }) => world.podNamed(namespace, name) ?? [],
    )
    found.set(uid, new Set([...(found.get(uid) ?? []), ...pods]))
  }
  for (const service of index?.dump.services ?? [])
    for (const { workloadUid } of service.endpoints) attach(workloadUid, service)
  for (const workload of index?.dump.workloads ?? []) attach(workload.uid, workload)
  return ({ workload }) => [...(found.get(workload?.uid ?? '') ?? [])]
}
