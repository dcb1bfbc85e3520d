import type { Evidence } from '#model/evidence.ts'
import type { KubernetesObject, KubernetesObjects } from '#model/kubernetes.ts'
import { refOf } from '#model/kubernetes.ts'
import type { Netns } from '#model/netfilter.ts'
import type { Workload, ZtunnelDump } from '#model/ztunnel.ts'
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
  readonly netns: Netns
  readonly recognition: Recognition
  readonly kubernetes: KubernetesObjects
  readonly pod: KubernetesObject | undefined
  readonly namespace: string
  readonly name: string | undefined
  /** Of the pod's own node. */
  readonly ztunnel: ZtunnelDump | undefined
  /** What redirects on the pod's node, where it was recorded. */
  readonly node: Recognition | undefined
  readonly running: CniRelease | undefined
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

const declaredOf = ({ kubernetes, pod, namespace }: EnrolmentSources): Declared => {
  if (pod === undefined) return { inMesh: 'unknown', by: 'not-recorded', evidence: [] }
  if (pod.spec.hostNetwork === true) return { inMesh: 'no', by: 'host-network', evidence: [] }
  if (pod.annotations['sidecar.istio.io/status'] !== undefined)
    return { inMesh: 'no', by: 'sidecar', evidence: [citedMember(pod, 'annotations', 'sidecar.istio.io/status')] }
  const own = pod.labels[modeLabel]
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

const workloadOf = ({ ztunnel, namespace, name }: EnrolmentSources): Workload | undefined =>
  ztunnel?.workloads.find(workload => workload.namespace === namespace && workload.name === name)

const advertisedOf = (sources: EnrolmentSources): Advertised => {
  const { pod, ztunnel, name } = sources
  const annotation = annotationOf(pod)
  const workload = workloadOf(sources)
  return {
    annotation,
    protocol: workload?.protocol ?? (ztunnel === undefined || name === undefined ? 'unknown' : 'absent'),
    evidence: [
      ...(pod === undefined || annotation === 'absent' ? [] : [citedMember(pod, 'annotations', redirectionAnnotation)]),
      ...(workload === undefined || ztunnel === undefined
        ? []
        : [{ from: 'dump' as const, file: ztunnel.file, pointer: `${workload.pointer}/protocol` }]),
    ],
  }
}

/** 1.18 to 1.20 redirect on the node: the pod's own namespace has no rules then. */
const rulesOf = ({ netns, recognition: { kind }, node, running }: EnrolmentSources): Actual['rules'] => {
  if (kind === 'pod-iptables' || kind === 'pod-nft') return 'ambient'
  if (kind === 'sidecar') return 'sidecar'
  if (kind !== 'none' || otherBackEndUnknown(netns)) return 'unknown'
  if (node?.kind === 'node-iptables' || node?.kind === 'node-ebpf') {
    const served = new Set(node.probeSets.flatMap(({ members }) => members))
    return podAddresses(netns, 4).some(address => served.has(address)) ? 'ambient' : 'none'
  }
  return running !== undefined && running.minor <= 20 ? 'unknown' : 'none'
}

const listenersOf = ({ listeners, listenerProtocols }: Netns): Actual['listeners'] => {
  if (!listenerProtocols.includes('tcp')) return 'unknown'
  const open = new Set(listeners?.map(({ port }) => port))
  return [15001, 15006, 15008].every(port => open.has(port)) ? 'yes' : 'no'
}

const actualOf = (sources: EnrolmentSources): Actual => {
  const { netns, ztunnel, namespace, name } = sources
  const known = ztunnel?.pods
  const state = known?.find(({ info }) => info?.namespace === namespace && info.name === name)
  return {
    rules: rulesOf(sources),
    listeners: listenersOf(netns),
    ztunnel:
      known === undefined || name === undefined
        ? 'unknown'
        : state === undefined
          ? 'absent'
          : state.state === 'Pending'
            ? 'pending'
            : 'up',
    evidence:
      ztunnel === undefined || state === undefined
        ? []
        : [{ from: 'dump', file: ztunnel.file, pointer: state.pointer }],
  }
}
