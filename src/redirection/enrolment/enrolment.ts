import type { Evidence } from '#model/evidence.ts'
import type { KubernetesObject, KubernetesObjects } from '#model/kubernetes.ts'
import { refOf } from '#model/kubernetes.ts'
import type { Netns } from '#model/netfilter.ts'
import type { PodState, Workload } from '#model/ztunnel.ts'
import type { Recognition } from '../recognise/recognition.ts'
import { otherBackEndUnknown, podAddresses } from '../recognise/surroundings.ts'
import type { CniRelease } from './release.ts'

/** The same pod as its labels, istio-cni and istiod, and the node itself tell it (specs/redirection.md §5.1). */
export interface Enrolment {
  readonly declared: Declared
  readonly advertised: Advertised
  readonly actual: Actual
}

export interface Declared {
  readonly inMesh: 'yes' | 'no' | 'unknown'
  readonly by: 'pod-label' | 'namespace-label' | 'no-label' | 'opted-out' | 'sidecar' | 'host-network' | 'not-recorded'
  readonly evidence: readonly Evidence[]
}

export interface Advertised {
  /** `ambient.istio.io/redirection`; unknown without the Pod. */
  readonly annotation: 'enabled' | 'pending' | 'disabled' | 'absent' | 'unknown'
  /** What istiod tells other ztunnels to use towards the pod. */
  readonly protocol: Workload['protocol'] | 'absent' | 'unknown'
  readonly evidence: readonly Evidence[]
}

export interface Actual {
  readonly rules: 'ambient' | 'sidecar' | 'none' | 'unknown'
  /** Somebody listens on ztunnel's ports 15001, 15006 and 15008 of the pod. */
  readonly listeners: 'yes' | 'no' | 'unknown'
  /** `workloadState` of the pod's own ztunnel. */
  readonly ztunnel: 'up' | 'pending' | 'absent' | 'unknown'
  readonly evidence: readonly Evidence[]
}

export interface EnrolmentSources {
  readonly kubernetes: KubernetesObjects
  readonly pod: KubernetesObject | undefined
  readonly namespace: string
  /** The pod as any ztunnel knows it. */
  readonly workload: Told<Workload>
  /** `workloadState` of the pod's own ztunnel. */
  readonly state: Told<PodState>
  /** The pod's network namespace, where it was recorded. */
  readonly recorded?: RecordedNetns
  /** The istio-cni of the pod's node. */
  readonly running?: CniRelease | undefined
}

/** Unknown: nobody who could tell was recorded. */
export type Told<Record> = { readonly record: Record; readonly file: string } | 'absent' | 'unknown'

export interface RecordedNetns {
  readonly netns: Netns
  readonly recognition: Recognition
  /** What redirects on the pod's node, where it was recorded. */
  readonly node: Recognition | undefined
}

export const enrolmentOf = (sources: EnrolmentSources): Enrolment => ({
  declared: declaredOf(sources),
  advertised: advertisedOf(sources),
  actual: actualOf(sources),
})

const modeLabel = 'istio.io/dataplane-mode'
const redirectionAnnotation = 'ambient.istio.io/redirection'

const citedMember = (object: KubernetesObject, kind: 'labels' | 'annotations', name: string): Evidence => ({
  from: 'object',
  file: object.file,
  pointer: `${object.pointer}/metadata/${kind}/${name.replaceAll('/', '~1')}`,
  object: refOf(object),
})

/** Up to 1.21 a pod's label counted for nothing, and the annotation was its owner's way out (specs/redirection.md §5.1). */
const beforePodLabels = (running: CniRelease | undefined): boolean => running !== undefined && running.minor <= 21

const declaredOf = ({ kubernetes, pod, namespace, running }: EnrolmentSources): Declared => {
  if (pod === undefined) return { inMesh: 'unknown', by: 'not-recorded', evidence: [] }
  if (pod.spec.hostNetwork === true) return { inMesh: 'no', by: 'host-network', evidence: [] }
  if (pod.annotations['sidecar.istio.io/status'] !== undefined)
    return { inMesh: 'no', by: 'sidecar', evidence: [citedMember(pod, 'annotations', 'sidecar.istio.io/status')] }
  if (beforePodLabels(running) && pod.annotations[redirectionAnnotation] === 'disabled')
    return { inMesh: 'no', by: 'opted-out', evidence: [citedMember(pod, 'annotations', redirectionAnnotation)] }
  const own = beforePodLabels(running) ? undefined : pod.labels[modeLabel]
  if (own === 'none') return { inMesh: 'no', by: 'opted-out', evidence: [citedMember(pod, 'labels', modeLabel)] }
  if (own === 'ambient') return { inMesh: 'yes', by: 'pod-label', evidence: [citedMember(pod, 'labels', modeLabel)] }
  const around = kubernetes.get('Namespace', '', namespace)
  if (around === undefined) return { inMesh: 'unknown', by: 'not-recorded', evidence: [] }
  return around.labels[modeLabel] === 'ambient'
    ? { inMesh: 'yes', by: 'namespace-label', evidence: [citedMember(around, 'labels', modeLabel)] }
    : { inMesh: 'no', by: 'no-label', evidence: [] }
}

const annotationOf = (pod: KubernetesObject | undefined): Advertised['annotation'] => {
  if (pod === undefined) return 'unknown'
  const written = pod.annotations[redirectionAnnotation]
  return written === 'enabled' || written === 'pending' || written === 'disabled' ? written : 'absent'
}

const advertisedOf = ({ pod, workload }: EnrolmentSources): Advertised => {
  const annotation = annotationOf(pod)
  return {
    annotation,
    protocol: typeof workload === 'object' ? workload.record.protocol : workload,
    evidence: [
      ...(pod === undefined || annotation === 'absent' ? [] : [citedMember(pod, 'annotations', redirectionAnnotation)]),
      ...(typeof workload === 'object' ? [citedRecord(workload, '/protocol')] : []),
    ],
  }
}

const citedRecord = ({ record, file }: { record: Workload | PodState; file: string }, member: string): Evidence => ({
  from: 'dump',
  file,
  pointer: `${record.pointer}${member}`,
})

/** 1.18 to 1.20 redirect on the node: the pod's own namespace has no rules then. */
const rulesOf = ({ recorded, running }: EnrolmentSources): Actual['rules'] => {
  if (recorded === undefined) return 'unknown'
  const { netns, node } = recorded
  const { kind } = recorded.recognition
  if (kind === 'pod-iptables' || kind === 'pod-nft') return 'ambient'
  if (kind === 'sidecar') return 'sidecar'
  if (kind !== 'none' || otherBackEndUnknown(netns)) return 'unknown'
  if (node?.kind === 'node-iptables' || node?.kind === 'node-ebpf') {
    const served = new Set(node.probeSets.flatMap(({ members }) => members))
    return podAddresses(netns, 4).some(address => served.has(address)) ? 'ambient' : 'none'
  }
  return running !== undefined && running.minor <= 20 ? 'unknown' : 'none'
}

const listenersOf = (netns: Netns | undefined): Actual['listeners'] => {
  if (netns?.listenerProtocols.includes('tcp') !== true) return 'unknown'
  const open = new Set(netns.listeners?.map(({ port }) => port))
  return [15001, 15006, 15008].every(port => open.has(port)) ? 'yes' : 'no'
}

const actualOf = (sources: EnrolmentSources): Actual => {
  const { state } = sources
  return {
    rules: rulesOf(sources),
    listeners: listenersOf(sources.recorded?.netns),
    ztunnel: typeof state === 'object' ? (state.record.state === 'Pending' ? 'pending' : 'up') : state,
    evidence: typeof state === 'object' ? [citedRecord(state, '')] : [],
  }
}
