import type { Evidence } from '#model/evidence.ts'
import { refOf } from '#model/kubernetes.ts'
import type { Pod, World } from './world.ts'

/** What istio-cni writes on a pod, and what the pod asks for (specs/redirection.md §5). */
const annotations = {
  redirection: 'ambient.istio.io/redirection',
  bypassInbound: 'ambient.istio.io/bypass-inbound-capture',
  dnsCapture: 'ambient.istio.io/dns-capture',
} as const

/**
 * Is the pod in the mesh? `yes` when istio-cni has said so and its ztunnel does not contradict; `pending` when its rules
 * are in place without a listener; the three sources are declared in DESIGN §3.2 and specs/istioctl.md §2.1.
 */
export interface Enrolment {
  readonly captured: 'yes' | 'no' | 'pending' | 'unknown'
  readonly bypassesInbound: boolean
  readonly capturesDns: boolean
  readonly evidence: readonly Evidence[]
}

export const enrolmentOf = (world: World, pod: Pod): Enrolment => {
  const switches = {
    bypassesInbound: pod.object?.annotations[annotations.bypassInbound] === 'true',
    capturesDns: pod.object?.annotations[annotations.dnsCapture] !== 'false' && dnsProxyRuns(world, pod),
  }
  if (pod.hostNetwork) return { captured: 'no', ...switches, evidence: objectEvidence(pod, '/spec/hostNetwork') }
  return { ...captured(world, pod), ...switches }
}

const captured = (world: World, pod: Pod): Pick<Enrolment, 'captured' | 'evidence'> => {
  const state = world.workloadState(pod)
  const annotated = pod.object?.annotations[annotations.redirection]
  const annotation = objectEvidence(pod, `/metadata/annotations/${annotations.redirection.replaceAll('/', '~1')}`)
  if (annotated === 'enabled') return { captured: 'yes', evidence: annotation }
  if (annotated === 'pending') return { captured: 'pending', evidence: annotation }
  if (pod.object !== undefined) return { captured: 'no', evidence: annotation }
  if (typeof state === 'object')
    return {
      captured: state.state === 'Pending' ? 'pending' : 'yes',
      evidence: workloadEvidence(world, pod, state.pointer),
    }
  if (state === 'absent') return { captured: 'no', evidence: workloadEvidence(world, pod, '/workloadState') }
  if (pod.workload === undefined) return { captured: 'unknown', evidence: [] }
  const advertised = pod.workload.protocol === 'HBONE' && !pod.workload.nativeTunnel
  return {
    captured: advertised ? 'yes' : 'no',
    evidence: workloadEvidence(world, pod, `${pod.workload.pointer}/protocol`),
  }
}

const dnsProxyRuns = (world: World, pod: Pod): boolean => world.ztunnelOn(pod.node)?.index.dump.config.dnsProxy ?? true

const objectEvidence = (pod: Pod, pointer: string): readonly Evidence[] =>
  pod.object === undefined
    ? []
    : [{ from: 'object', file: pod.object.file, pointer: `${pod.object.pointer}${pointer}`, object: refOf(pod.object) }]

const workloadEvidence = (world: World, pod: Pod, pointer: string): readonly Evidence[] => {
  const dump = world.ztunnelOn(pod.node)?.index.dump
  return dump === undefined
    ? []
    : [{ from: 'dump', file: dump.file, pointer, object: { kind: 'Pod', namespace: pod.namespace, name: pod.name } }]
}
