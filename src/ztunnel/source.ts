import type { Workload } from '#model/ztunnel.ts'
import { findWorkloadByAddress } from './address-lookup.ts'
import { type Refusal, refused } from './refusal.ts'
import { podInfoDebug } from './rust-text.ts'
import type { ZtunnelStep } from './steps.ts'
import type { Walk } from './walk.ts'
import { podKey, type ZtunnelIndex } from './ztunnel-index.ts'

/** A pod as CNI announced it to ztunnel. */
export interface LocalPod {
  readonly name: string
  readonly namespace: string
  readonly serviceAccount: string
}

export const identityOf = ({ trustDomain, namespace, serviceAccount }: Workload): string =>
  `spiffe://${trustDomain}/ns/${namespace}/sa/${serviceAccount}`

/** The workload record of a pod on this node (specs/ztunnel.md §4.1 O2, §7.1). */
export const findLocalWorkload = (index: ZtunnelIndex, walk: Walk<ZtunnelStep>, pod: LocalPod): Workload | Refusal => {
  const workloads = index.workloadsByPodInfo.get(podKey(pod))
  if (workloads === undefined)
    return refused(
      'local-workload-unknown',
      `failed to fetch information about local workload: ${pod.serviceAccount}.${pod.namespace} (${pod.name})`,
    )
  const workload = walk.settle({ code: 'same-pod-info', subject: podKey(pod), involved: workloads }, workloads)
  walk.note({ kind: 'source', rule: '§4.1 O2', workload, rivals: workloads.filter(other => other !== workload) })
  return workload
}

/** Up to 1.23 the source is whoever owns the source address (ztunnel-measured.md C7). */
export const findSourceByAddress = (
  index: ZtunnelIndex,
  walk: Walk<ZtunnelStep>,
  pod: LocalPod,
  ip: string,
): Workload | Refusal => {
  const workload = findWorkloadByAddress(index, walk, { network: index.dump.config.network, ip })
  if (workload === undefined) return refused('unknown-source', `unknown source: ${ip}`)
  if (index.behaviour.sourceMustBeThePod && podKey(workload) !== podKey(pod))
    return refused('source-mismatch', `invalid source: ${ip}, should match ${podInfoDebug(pod)}`)
  walk.note({ kind: 'source', rule: '§4.1 O2', workload, rivals: [] })
  return workload
}
