import { asRecord, list } from '#model/kubernetes.ts'
import type { Place } from './trace.ts'
import type { Pod } from './world.ts'

/** A pod as a place of a trace, beside the name of its workload, which outlives the pod. */
export const podPlace = (pod: Pod, kind: 'pod' | 'waypoint' | 'gateway' | 'sidecar' = 'pod'): Place => ({
  kind,
  name: `${pod.namespace}/${pod.name}`,
  workload: `${pod.namespace}/${ownerOf(pod)}`,
})

export const ownerReference = (pod: Pod): { kind: string; name: string } | undefined => {
  const [first] = list(asRecord(pod.object?.raw.metadata).ownerReferences).map(asRecord)
  return first === undefined ? undefined : { kind: String(first.kind), name: String(first.name) }
}

/** The name of the workload that owns the pod: a ReplicaSet's hash is cut off. */
export const ownerOf = (pod: Pod): string => {
  const owner = ownerReference(pod)
  if (owner === undefined) return pod.workload?.workloadName || pod.name
  return owner.kind === 'ReplicaSet' ? owner.name.replace(/-[a-z0-9]{5,10}$/, '') : owner.name
}
