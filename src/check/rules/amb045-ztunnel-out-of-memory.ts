import type { KubernetesObject } from '#model/kubernetes.ts'
import { asRecord, list, refOf, text } from '#model/kubernetes.ts'
import { defineCheck } from '../check.ts'
import { cite } from '../cite.ts'

export default defineCheck({
  code: 'AMB045',
  title: 'A ztunnel ran out of memory',
  severity: 'warning',
  means: 'All connections of its node were cut, and will be again. Where memory grows without more traffic, it leaks.',
  causes: [
    'the limit is too small for the mesh: what a ztunnel holds grows with the workloads of the whole mesh',
    'a defect of the release',
    'readers that are too slow, whose data ztunnel holds back',
  ],
  fix: 'Raise the memory limit of the DaemonSet, and update ztunnel.',
  *find(world) {
    for (const pod of world.mesh.kubernetes.of('Pod')) {
      if (pod.labels.app !== 'ztunnel') continue
      const killed = killedContainer(pod)
      if (killed === undefined) continue
      yield {
        objects: [{ kind: 'DaemonSet', namespace: pod.namespace, name: 'ztunnel' }, refOf(pod)],
        says: `ztunnel on ${text(pod.spec.nodeName) ?? 'its node'} was killed for its memory; it restarted ${killed.restarts} times`,
        evidence: [cite(pod, killed.pointer, 'OOMKilled')],
      }
    }
  },
})

const killedContainer = (
  pod: KubernetesObject,
): { readonly pointer: string; readonly restarts: number } | undefined => {
  for (const [index, status] of list(pod.status.containerStatuses).map(asRecord).entries())
    for (const when of ['state', 'lastState'])
      if (asRecord(asRecord(status[when]).terminated).reason === 'OOMKilled')
        return {
          pointer: `/status/containerStatuses/${index}/${when}/terminated/reason`,
          restarts: Number(status.restartCount ?? 0),
        }
  return undefined
}
