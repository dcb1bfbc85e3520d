import type { Evidence } from '#model/evidence.ts'
import { type Enrolment, enrolmentOf } from '#redirection/enrolment/enrolment.ts'
import { asked } from '#redirection/enrolment/overrides.ts'
import type { Pod, World } from './world.ts'

/**
 * Is the pod in the mesh, as far as others than its own rules tell? `yes` when istio-cni has said so and its ztunnel does
 * not contradict; `pending` when its rules are in place without a listener.
 */
export interface Membership {
  readonly captured: 'yes' | 'no' | 'pending' | 'unknown'
  readonly bypassesInbound: boolean
  readonly capturesDns: boolean
  readonly evidence: readonly Evidence[]
}

export const membershipOf = (world: World, pod: Pod): Membership => {
  const dump = world.ztunnelOn(pod.node)?.index.dump
  const state = world.workloadState(pod)
  const told = <Of>(record: Of) => (dump === undefined ? 'unknown' : { record, file: dump.file })
  const enrolment = enrolmentOf({
    kubernetes: world.mesh.kubernetes,
    pod: pod.object,
    namespace: pod.namespace,
    workload: pod.workload === undefined ? 'unknown' : told(pod.workload),
    state: typeof state === 'object' ? told(state) : state,
  })
  const wanted = asked(pod.object)
  return {
    ...captured(pod, enrolment),
    bypassesInbound: wanted.bypassInbound === true,
    capturesDns: wanted.dns !== false && (dump?.config.dnsProxy ?? true),
  }
}

/** istio-cni's own word on a pod counts first, then its ztunnel's, then what istiod tells about it. */
const captured = (pod: Pod, { declared, advertised, actual }: Enrolment): Pick<Membership, 'captured' | 'evidence'> => {
  const { annotation, protocol, evidence } = advertised
  if (pod.hostNetwork) return { captured: 'no', evidence: declared.evidence }
  if (annotation === 'enabled' || annotation === 'pending')
    return { captured: annotation === 'enabled' ? 'yes' : 'pending', evidence }
  if (annotation !== 'unknown') return { captured: 'no', evidence }
  if (actual.ztunnel !== 'unknown') return { captured: served[actual.ztunnel], evidence: actual.evidence }
  if (protocol === 'unknown' || protocol === 'absent') return { captured: 'unknown', evidence: [] }
  return { captured: protocol === 'HBONE' && pod.workload?.nativeTunnel !== true ? 'yes' : 'no', evidence }
}

const served = { up: 'yes', pending: 'pending', absent: 'no' } as const
