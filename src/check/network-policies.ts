import type { KubernetesObject } from '#model/kubernetes.ts'
import { membershipOf } from '#trace/membership.ts'
import type { Governing } from '#trace/network-policy.ts'
import { governing } from '#trace/network-policy.ts'
import type { Pod, World } from '#trace/world.ts'
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
  const speakers = world.pods.filter(pod => pod.ips.length > 0 && speaksHbone(world, pod))
  const peers = oneOfEachKind(speakers)
  return speakers.flatMap(pod =>
    (['ingress', 'egress'] as const).flatMap(direction => {
      const rules = governing(world, direction, pod)
      const blocked =
        rules === undefined
          ? undefined
          : (behindPorts(rules, direction, pod, peers) ?? waypointForgotten(world, rules, direction, pod))
      return blocked ?? []
    }),
  )
}

/** Captured, or a waypoint. */
const speaksHbone = (world: World, pod: Pod): boolean =>
  membershipOf(world, pod).captured === 'yes' || isWaypoint(world, pod)

const isWaypoint = (world: World, { namespace, object }: Pod): boolean =>
  waypointGateways(world).some(
    gateway =>
      gateway.namespace === namespace && gateway.name === object?.labels['gateway.networking.k8s.io/gateway-name'],
  )

/** Pods that no selector can tell apart. */
const oneOfEachKind = (pods: readonly Pod[]): readonly Pod[] => {
  const kinds = new Map<string, Pod>()
  for (const pod of pods) {
    const { 'pod-template-hash': _, 'controller-revision-hash': __, ...labels } = pod.object?.labels ?? {}
    const key = `${pod.namespace} ${JSON.stringify(Object.entries(labels).toSorted())}`
    if (!kinds.has(key)) kinds.set(key, pod)
  }
  return [...kinds.values()]
}

const behindPorts = (
  { policies, admits, admitsAnybody, ports }: Governing,
  direction: BlockedTunnel['direction'],
  pod: Pod,
  peers: readonly Pod[],
): BlockedTunnel | undefined => {
  const [named] = ports(pod)
  if (direction === 'ingress' && named !== undefined && !admitsAnybody(hbone))
    return { direction, policies, pod, port: named }
  for (const peer of peers) {
    if (peer === pod || admits(peer, hbone)) continue
    const port = ports(direction === 'ingress' ? pod : peer).find(one => admits(peer, one))
    if (port !== undefined) return { direction, policies, pod, peer, port }
  }
  return undefined
}

/** A pod that lets its clients in, but not the waypoint through which they come; or a client that may reach all but it. */
const waypointForgotten = (
  world: World,
  { policies, admits }: Governing,
  direction: BlockedTunnel['direction'],
  pod: Pod,
): BlockedTunnel | undefined => {
  if (direction === 'egress') return undefined
  const peer = waypointsOf(world, pod).find(waypoint => !admits(waypoint, hbone))
  const admitted = peer !== undefined && world.pods.some(client => client !== pod && admits(client, hbone))
  return peer !== undefined && admitted ? { direction, policies, pod, peer } : undefined
}

/** Pods of the waypoints of a pod and of the services in front of it. */
const waypointsOf = (world: World, { workload }: Pod): readonly Pod[] => {
  const [index] = ztunnelIndexes(world)
  if (index === undefined || workload === undefined) return []
  const services = index.dump.services.filter(({ endpoints }) =>
    endpoints.some(({ workloadUid }) => workloadUid === workload.uid),
  )
  return [...services, workload].flatMap(({ waypoint }) =>
    waypoint === undefined
      ? []
      : waypointWorkloads(index, waypoint).flatMap(({ namespace, name }) => world.podNamed(namespace, name) ?? []),
  )
}
