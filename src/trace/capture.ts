import type { Evidence } from '#model/evidence.ts'
import { asRecord, list } from '#model/kubernetes.ts'
import type { SocketAddress } from '#reason/address.ts'
import type { Kernel } from '#redirection/kernel.ts'
import { captureByEnrolment } from './capture-by-enrolment.ts'
import { captureInByNode, captureOutByNode, comesToZtunnel, queryByNode } from './capture-by-node.ts'
import { captureByRules } from './capture-by-rules.ts'
import type { Approach, Capture } from './captured.ts'
import { probeAddress, ztunnelPorts } from './captured.ts'
import { membershipOf } from './membership.ts'
import { familyOf } from './names.ts'
import { podPlace } from './place.ts'
import type { Sender, Steering } from './rules.ts'
import { arriveAt, decidingRule, queryFrom, rulesHit, sendFrom, waysFrom } from './rules.ts'
import type { Source } from './source.ts'
import type { Seen } from './step.ts'
import { step } from './step.ts'
import type { Assumption } from './trace.ts'
import { hop } from './trace.ts'
import type { Pod, World } from './world.ts'
import { type ZtunnelPresence, ztunnelPresence } from './ztunnel-presence.ts'

/** Does the pod's own traffic reach its ztunnel? Told by its recorded rules, else by enrolment. */
export const captureOut = (world: World, pod: Pod, to: SocketAddress): Capture => {
  const around = pod.hostNetwork ? undefined : world.redirectingNode(pod.node)
  const own = pod.ips.find(ip => familyOf(ip) === familyOf(to.ip))
  const byNode = around === undefined || own === undefined ? undefined : captureOutByNode(around, own, to)
  if (byNode !== undefined) return byNode
  const kernel = pod.hostNetwork ? undefined : world.kernelOf(pod)
  if (kernel === undefined) return captureByEnrolment(world, pod, to, { direction: 'out' })
  const ztunnel = unlessRecorded(world, pod, kernel, 'tcp')
  return captureByRules(pod, to, sendFrom(kernel, to, userOf(pod)), { direction: 'out', ztunnel })
}

/** Recorded sockets tell by themselves whether ztunnel listens. */
const unlessRecorded = (
  world: World,
  pod: Pod,
  kernel: Kernel,
  protocol: 'tcp' | 'udp',
): ZtunnelPresence | undefined => (kernel.knowsListeners(protocol) ? undefined : ztunnelPresence(world, pod.node))

/** The user that the pod's security context fixes, if any. */
const userOf = ({ object }: Pod): { readonly uid?: number } => {
  const [container] = list(object?.spec.containers).map(asRecord)
  const uid = asRecord(container?.securityContext).runAsUser ?? asRecord(object?.spec.securityContext).runAsUser
  return typeof uid === 'number' ? { uid } : {}
}

/** Who sends, as whom the packet stands before the pod's node, and which address it had before kube-proxy chose the pod. */
export interface Coming {
  readonly source: Source
  readonly peer: Seen
  readonly dialled?: SocketAddress | undefined
}

/** Does traffic that arrives for the pod reach its ztunnel, on which port, and as whose? */
export const captureIn = (world: World, pod: Pod, to: SocketAddress, coming: Coming): Capture => {
  const byNode = inByNode(world, pod, to, coming)
  if (byNode !== undefined) return { ...byNode, peer: byNode.peer ?? coming.peer }
  const seen = addressAtPod(world, pod, to, coming)
  if (seen.missing !== undefined) return unknownApproach(pod, seen)
  const kernel = world.kernelOf(pod)
  const steering = kernel === undefined ? undefined : approaching(kernel, pod, to, seen.peer)
  if (kernel === undefined || steering === undefined) {
    const capture = captureByEnrolment(
      world,
      pod,
      to,
      { direction: 'in', exempt: seen.peer.address === probeAddress },
      seen,
    )
    return { ...capture, peer: peerAfter(capture, seen) }
  }
  const ztunnel = unlessRecorded(world, pod, kernel, 'tcp')
  const capture = captureByRules(pod, to, steering, { direction: 'in', approach: seen, ztunnel })
  return { ...capture, peer: peerAfter(capture, seen) }
}

/**
 * A node of 1.18 to 1.20 decides for its pods. The tunnel to a pod of the same node never leaves ztunnel, which hands it
 * over within itself.
 */
const inByNode = (world: World, pod: Pod, to: SocketAddress, { source, peer }: Coming): Capture | undefined => {
  const around = pod.hostNetwork ? undefined : world.redirectingNode(pod.node)
  if (around === undefined) return undefined
  const approach = { peer, evidence: [], assumed: [] }
  if (isOnNodeOf(source, pod)) return captureInByNode(around, { node: true }, to, approach)
  if (source.kind !== 'pod' || source.pod.node !== pod.node)
    return captureInByNode(around, { address: peer.address ?? elsewhere }, to, approach)
  if (to.port === ztunnelPorts.hbone) return captureByEnrolment(world, pod, to, { direction: 'in' }, approach)
  return captureInByNode(around, { pod: source.ip }, to, approach)
}

/** Only pods of the mesh are in the node's probe set: to others it sends under an address that nothing told. */
const peerAfter = ({ outcome }: Capture, { peer, assumed }: Approach): Seen =>
  outcome === 'passed' && assumed.length > 0 ? {} : peer

/** What the pod's ztunnel sends to its own pod never leaves the namespace. */
const approaching = (kernel: Kernel, pod: Pod, to: SocketAddress, { address }: Seen): Steering | undefined =>
  address !== undefined && pod.ips.includes(address)
    ? sendFrom(kernel, to, { byZtunnel: true })
    : arriveAt(kernel, address ?? elsewhere, to)

/** Stands for an address that no rule of a pod names (RFC 5737). */
const elsewhere = '203.0.113.10'

/**
 * The node's own traffic to a pod of the mesh is rewritten to an address that the pod's rules let pass
 * (specs/redirection.md): by the node's recorded rules, else as istio-cni sets them up.
 */
const addressAtPod = (world: World, pod: Pod, to: SocketAddress, { source, peer, dialled }: Coming): Approach => {
  if (!isOnNodeOf(source, pod)) return { peer, evidence: [], assumed: [] }
  const kernel = world.kernelOfNode(pod.node)
  if (kernel === undefined)
    return { peer: { address: probeAddress }, evidence: [], assumed: [{ about: 'probe-exemption', subject: pod.node }] }
  const sender = source.kind === 'pod' ? userOf(source.pod) : { uid: world.kubeletUser(pod.node) }
  const steering = dialledThrough(kernel, dialled, to, sender) ?? sendFrom(kernel, to, sender)
  const { fate } = steering
  const address = fate.kind === 'leaves' ? fate.from.address : undefined
  return {
    peer: address === undefined ? {} : { address },
    evidence: rulesHit(steering),
    assumed: [],
    ...(fate.kind === 'undetermined' && { missing: fate.missing.map(({ text }) => text).join('; ') }),
  }
}

/** The way by a Service's address, on which kube-proxy may have rewritten the source before Istio's rule is asked. */
const dialledThrough = (
  kernel: Kernel,
  dialled: SocketAddress | undefined,
  to: SocketAddress,
  sender: Sender,
): Steering | undefined =>
  dialled === undefined
    ? undefined
    : waysFrom(kernel, dialled, sender).find(
        ({ fate }) => fate.kind === 'leaves' && fate.to.address === to.ip && fate.to.port === to.port,
      )

const unknownApproach = (pod: Pod, { evidence, missing }: Approach): Capture => ({
  outcome: 'unknown',
  hop: hop('redirect-in', podPlace(pod), [
    step('capture', { direction: 'in', outcome: 'passed', why: 'rules', by: 'rules' }, evidence),
  ]),
  ...(missing !== undefined && { missing }),
})

const isOnNodeOf = (source: Source, pod: Pod): boolean =>
  (source.kind === 'node' && source.node === pod.node) ||
  (source.kind === 'pod' && source.pod.hostNetwork && source.pod.node === pod.node)

/** Who answers the pod's DNS queries, and what tells it. */
export interface DnsWay {
  /** Its ztunnel, nobody although they are sent there, or the cluster's resolver. */
  readonly to: 'ztunnel' | 'dead' | 'cluster'
  /** The rule that decided, where rules were recorded. */
  readonly rule?: string
  readonly evidence: readonly Evidence[]
  readonly assumed: readonly Assumption[]
}

export const dnsWay = (world: World, pod: Pod): DnsWay => {
  const resolver = world.mesh.kubernetes.get('Service', 'kube-system', 'kube-dns')?.spec.clusterIP
  const asked = typeof resolver === 'string' ? resolver : elsewhere
  const around = pod.hostNetwork ? undefined : world.redirectingNode(pod.node)
  if (around !== undefined) {
    const steering = queryByNode(around, pod.ips.find(ip => familyOf(ip) === familyOf(asked)) ?? '', asked)
    if (steering === undefined) return { to: 'cluster', evidence: [], assumed: [] }
    return steeredDns(steering, comesToZtunnel(around, steering.fate) ? 'ztunnel' : 'cluster')
  }
  const kernel = pod.hostNetwork ? undefined : world.kernelOf(pod)
  if (kernel === undefined) return dnsByEnrolment(world, pod)
  const steering = queryFrom(kernel, asked)
  const { kind } = steering.fate
  if (kind !== 'arrives') return steeredDns(steering, kind === 'refused' ? 'dead' : 'cluster')
  const ztunnel = unlessRecorded(world, pod, kernel, 'udp')
  return ztunnel?.runs === 'no' ? steeredDns(steering, 'dead', ztunnel.evidence) : steeredDns(steering, 'ztunnel')
}

const steeredDns = (steering: Steering, to: DnsWay['to'], evidence: readonly Evidence[] = []): DnsWay => {
  const rule = decidingRule(steering)
  return { to, ...(rule !== undefined && { rule }), evidence: [...rulesHit(steering), ...evidence], assumed: [] }
}

const dnsByEnrolment = (world: World, pod: Pod): DnsWay => {
  const assumed = [{ about: 'redirection', subject: `${pod.namespace}/${pod.name}` }] as const
  if (!membershipOf(world, pod).capturesDns) return { to: 'cluster', evidence: [], assumed: [] }
  const { outcome, hop } = captureByEnrolment(world, pod, { ip: elsewhere, port: 53 }, { direction: 'out' })
  if (outcome === 'captured') return { to: 'ztunnel', evidence: [], assumed }
  if (outcome !== 'dead') return { to: 'cluster', evidence: [], assumed: [] }
  return { to: 'dead', evidence: hop.steps.flatMap(({ evidence }) => evidence), assumed }
}
