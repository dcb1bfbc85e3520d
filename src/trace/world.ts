import type { EnvoyDump } from '#model/envoy.ts'
import type { KubernetesObject } from '#model/kubernetes.ts'
import { asRecord, text } from '#model/kubernetes.ts'
import type { Mesh } from '#model/mesh.ts'
import type { Netns } from '#model/netfilter.ts'
import type { PodState, Workload, ZtunnelDump } from '#model/ztunnel.ts'
import type { SocketAddress } from '#reason/address.ts'
import type { Kernel } from '#redirection/kernel.ts'
import { kubeletUser } from '#redirection/kubelet.ts'
import { redirectsPods, showsWhatItTakes, topologyAround } from '#redirection/node-topology.ts'
import { netnsName, prepareKernel } from '#redirection/prepare/kernel.ts'
import type { Topology } from '#redirection/topology.ts'
import type { WaypointIndex } from '#waypoint/lookup.ts'
import { indexWaypoint } from '#waypoint/lookup.ts'
import type { ZtunnelIndex } from '#ztunnel/ztunnel-index.ts'
import { asOnNode, indexZtunnel } from '#ztunnel/ztunnel-index.ts'
import { type Declared, declaredEndpoints } from './declared-endpoints.ts'

/** One pod (or VM), as far as ztunnel's state and the Kubernetes objects tell. */
export interface Pod {
  readonly namespace: string
  readonly name: string
  readonly serviceAccount: string
  readonly ips: readonly string[]
  readonly node: string
  readonly hostNetwork: boolean
  readonly workload?: Workload
  readonly object?: KubernetesObject
}

export interface Ztunnel {
  readonly index: ZtunnelIndex
  /** Another node's state, read as if it were this node's. */
  readonly substitute: boolean
}

export interface Waypoint {
  readonly index: WaypointIndex
  /** False when it is another pod of the same Gateway. */
  readonly exact: boolean
}

/** The mesh with the look-ups that following a request needs, built once. */
export interface World {
  readonly mesh: Mesh
  readonly pods: readonly Pod[]
  podNamed(namespace: string, name: string): Pod | undefined
  /** The pod that owns this address; host-network pods own none. */
  podAt(ip: string): Pod | undefined
  /** All that are said to have the address: those of which there is an object first, and the last that was read first. */
  podsAt(ip: string): readonly Pod[]
  nodeAt(ip: string): string | undefined
  /** The objects that declare this address and port as an endpoint of a service. */
  declaredAt(at: SocketAddress): readonly Declared[]
  /** The ztunnel of that node; another node's, marked as such, when that one is not at hand. */
  ztunnelOn(node: string): Ztunnel | undefined
  /** The Envoy of that pod, or of another pod of its Gateway. */
  waypointOf(pod: Pod): Waypoint | undefined
  /** The recorded rules, routes and sockets of that pod; undefined where they were not collected. */
  kernelOf(pod: Pod): Kernel | undefined
  kernelOfNode(node: string): Kernel | undefined
  /** The user of the node's kubelet, as far as its rules tell it by that. */
  kubeletUser(node: string): number
  /** The node and what was recorded around it, where the node redirects: istio-cni 1.18 to 1.20. */
  redirectingNode(node: string): RedirectingNode | undefined
  /** What that pod's own ztunnel says of it; `unknown` without a `workloadState` of its node. */
  workloadState(pod: Pod): PodState | 'absent' | 'unknown'
}

export interface RedirectingNode {
  readonly netns: Netns
  readonly kernel: Kernel
  readonly topology: Topology
  /** Its ztunnel's namespace in that topology, where it was recorded. */
  readonly ztunnel: string | undefined
}

export const worldOf = (mesh: Mesh): World => {
  const pods = podsOf(mesh)
  const named = new Map(pods.map(pod => [`${pod.namespace}/${pod.name}`, pod]))
  const addressed = podsByAddress(pods)
  const nodes = nodeAddresses(mesh)
  const ztunnels = new Map(mesh.ztunnels.map(dump => [dump.config.localNode ?? '', dump]))
  const ownZtunnel = (node: string): ZtunnelDump | undefined => {
    const exact = ztunnels.get(node)
    const anonymous = ztunnels.get('')
    return exact ?? (mesh.ztunnels.length === 1 ? anonymous : undefined)
  }
  const indexes = new Map<EnvoyDump, WaypointIndex>()
  const indexed = (dump: EnvoyDump): WaypointIndex => {
    const index = indexes.get(dump) ?? indexWaypoint(dump)
    indexes.set(dump, index)
    return index
  }
  const indexOf = remembered(indexDump)
  const endpointsOf = remembered(declaredEndpoints)
  const rulesOf = remembered((pod: Pod) => prepared(mesh.netns.find(netns => isOfPod(netns, pod))))
  const nodeNetns = (node: string): Netns | undefined =>
    mesh.netns.find(({ subject }) => subject.kind === 'node' && (subject.node ?? node) === node)
  const nodeRules = remembered((node: string) => prepared(nodeNetns(node)))
  const redirecting = remembered((node: string): RedirectingNode | undefined => {
    const netns = nodeNetns(node)
    return netns === undefined || netns.routes[4] === undefined || !redirectsPods(netns)
      ? undefined
      : redirectingNode(mesh, node, netns, nodeRules(node) ?? prepareKernel(netns))
  })
  const states = new Map(mesh.ztunnels.map(dump => [dump, statesByName(dump)]))
  return {
    mesh,
    pods,
    podNamed: (namespace, name) => named.get(`${namespace}/${name}`),
    podAt: ip => addressed.get(ip)?.[0],
    podsAt: ip => addressed.get(ip) ?? [],
    nodeAt: ip => nodes.get(ip),
    declaredAt: at => endpointsOf(mesh)(at),
    ztunnelOn: remembered((node: string) => {
      const own = ownZtunnel(node)
      if (own !== undefined) return { index: indexOf(own), substitute: false }
      const [other] = mesh.ztunnels
      return other === undefined ? undefined : { index: asOnNode(indexOf(other), node), substitute: true }
    }),
    waypointOf: pod => {
      const own = mesh.waypoints.find(({ subject }) => subject.namespace === pod.namespace && subject.pod === pod.name)
      const dump = own ?? mesh.waypoints.find(({ subject }) => isOfGateway(subject, pod))
      return dump === undefined ? undefined : { index: indexed(dump), exact: own !== undefined }
    },
    kernelOf: pod => rulesOf(pod),
    kernelOfNode: node => nodeRules(node),
    kubeletUser: remembered((node: string) => {
      const netns = nodeNetns(node)
      return (netns === undefined ? undefined : kubeletUser(netns)) ?? root
    }),
    redirectingNode: node => redirecting(node),
    workloadState: pod => {
      const own = ownZtunnel(pod.node)
      if (own?.pods === undefined) return 'unknown'
      return states.get(own)?.get(`${pod.namespace}/${pod.name}`) ?? 'absent'
    },
  }
}

/**
 * Rules of which nobody recorded the routes cannot be walked through. A back end in which no table was ever made tells
 * nothing while the other one was not collected: istio-cni uses either.
 */
const prepared = (netns: Netns | undefined): Kernel | undefined => {
  if (netns === undefined || netns.rulesets.length === 0 || netns.routes[4] === undefined) return undefined
  const touched = netns.iptables.length + netns.nft.length > 0
  const both = ['iptables-nft', 'iptables-legacy'].every(name => netns.rulesets.some(({ backEnd }) => backEnd === name))
  return touched || both ? prepareKernel(netns) : undefined
}

const root = 0

const redirectingNode = (mesh: Mesh, node: string, netns: Netns, kernel: Kernel): RedirectingNode => {
  const others = mesh.netns.filter(other => {
    if (other.subject.kind !== 'ztunnel') return other.subject.kind === 'pod'
    return (other.subject.node ?? node) === node && showsWhatItTakes(other, netns)
  })
  const topology = topologyAround(netns, kernel, others)
  const ztunnels = others.filter(({ subject }) => subject.kind === 'ztunnel').map(({ subject }) => netnsName(subject))
  return { netns, kernel, topology, ztunnel: ztunnels.find(name => topology.kernels.has(name)) }
}

/** A namespace that is named by its workload may be of any of its pods: the addresses tell which. */
export const isOfPod = ({ subject, links }: Netns, pod: Pod): boolean => {
  if (subject.kind !== 'pod' || subject.namespace !== pod.namespace || pod.hostNetwork) return false
  if (subject.pod !== undefined) return subject.pod === pod.name
  return (links ?? []).some(link => link.addresses.some(({ ip }) => pod.ips.includes(ip)))
}

const indexDump = (dump: ZtunnelDump): ZtunnelIndex => indexZtunnel(dump)

const remembered = <K, T>(make: (key: K) => T): ((key: K) => T) => {
  const made = new Map<K, T>()
  return key => {
    if (!made.has(key)) made.set(key, make(key))
    return made.get(key) as T
  }
}

const isOfGateway = ({ namespace, gateway }: EnvoyDump['subject'], pod: Pod): boolean =>
  namespace === pod.namespace &&
  gateway !== undefined &&
  (pod.object?.labels['gateway.networking.k8s.io/gateway-name'] ?? pod.workload?.canonicalName) === gateway.name

const statesByName = (dump: ZtunnelDump): ReadonlyMap<string, PodState> =>
  new Map(
    (dump.pods ?? []).flatMap(state =>
      state.info === undefined ? [] : [[`${state.info.namespace}/${state.info.name}`, state] as const],
    ),
  )

const podsOf = (mesh: Mesh): readonly Pod[] => {
  const found = new Map<string, Pod>()
  for (const workload of mesh.ztunnels.flatMap(dump => dump.workloads)) {
    const key = `${workload.namespace}/${workload.name}`
    const known = found.get(key)
    if (known === undefined || isNearer(workload, known)) found.set(key, podOfWorkload(workload))
  }
  for (const object of mesh.kubernetes.of('Pod')) {
    const key = `${object.namespace}/${object.name}`
    found.set(key, podOfObject(object, found.get(key)?.workload))
  }
  for (const { subject } of mesh.waypoints) {
    const key = `${subject.namespace}/${subject.pod}`
    if (subject.pod !== undefined && !found.has(key)) found.set(key, podOfProxy(subject))
  }
  return [...found.values()]
}

/** A ztunnel of another network knows the workload without its addresses. */
const isNearer = ({ workloadIps }: Workload, { ips }: Pod): boolean => ips.length === 0 && workloadIps.length > 0

/** A record of ztunnel may be stale; an object with an address is a pod that has it. */
const podsByAddress = (pods: readonly Pod[]): ReadonlyMap<string, readonly Pod[]> => {
  const found = new Map<string, Pod[]>()
  for (const pod of pods.filter(({ hostNetwork }) => !hostNetwork).reverse()) {
    for (const ip of pod.ips) {
      const known = found.get(ip)
      if (known === undefined) found.set(ip, [pod])
      else if (pod.object !== undefined && known[0]?.object === undefined) known.unshift(pod)
      else known.push(pod)
    }
  }
  return found
}

/** A pod of which only its Envoy is known: a sidecar or a gateway whose dump is all that was given. */
const podOfProxy = ({ pod = '', namespace = '', serviceAccount = 'default', ip }: EnvoyDump['subject']): Pod => ({
  namespace,
  name: pod,
  serviceAccount,
  ips: ip === undefined ? [] : [ip],
  node: '',
  hostNetwork: false,
})

const podOfWorkload = (workload: Workload): Pod => ({
  namespace: workload.namespace,
  name: workload.name,
  serviceAccount: workload.serviceAccount,
  ips: workload.workloadIps,
  node: workload.node,
  hostNetwork: workload.networkMode === 'HostNetwork',
  workload,
})

const podOfObject = (object: KubernetesObject, workload: Workload | undefined): Pod => {
  const ips = Array.isArray(object.status.podIPs)
    ? object.status.podIPs.flatMap(entry => text(asRecord(entry).ip) ?? [])
    : []
  const running = text(object.status.phase) !== 'Succeeded' && text(object.status.phase) !== 'Failed'
  return {
    namespace: object.namespace,
    name: object.name,
    serviceAccount: text(object.spec.serviceAccountName) ?? workload?.serviceAccount ?? 'default',
    ips: running ? ips : [],
    node: text(object.spec.nodeName) ?? workload?.node ?? '',
    hostNetwork: object.spec.hostNetwork === true,
    object,
    ...(workload !== undefined && { workload }),
  }
}

const nodeAddresses = (mesh: Mesh): ReadonlyMap<string, string> =>
  new Map(
    mesh.kubernetes.of('Node').flatMap(node => {
      const addresses = Array.isArray(node.status.addresses) ? node.status.addresses : []
      return addresses.flatMap(entry => {
        const { type, address } = asRecord(entry)
        return type === 'InternalIP' || type === 'ExternalIP' ? [[String(address), node.name] as const] : []
      })
    }),
  )
