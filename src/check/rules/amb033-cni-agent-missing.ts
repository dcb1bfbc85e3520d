import { refOf } from '#model/kubernetes.ts'
import { defineCheck } from '../check.ts'
import { podRef } from '../cite.ts'
import { daemonSetGap, podEvents } from '../events.ts'

export default defineCheck({
  code: 'AMB033',
  title: 'The agent of istio-cni is missing on a node',
  severity: 'error',
  means:
    'Pods that run go on as they are. New pods stay in ContainerCreating, also those outside the mesh, because the plugin stays in the CNI configuration.',
  causes: [
    'the DaemonSet istio-cni-node was deleted, or tolerations, quota or an image keep it off the node',
    'it is not ready yet after a reboot of the node, or waits for itself: up to 1.30.3 its own pod can be held up by the plugin',
  ],
  fix: 'Bring istio-cni-node back on the node; new pods start when kubelet tries again.',
  fixedIn: ['1.30.4'],
  *find(world) {
    const gap = daemonSetGap(world, /^istio-cni/)
    const stuck = podEvents(world).filter(
      ({ pod, message }) =>
        /failed to contact node Istio CNI agent|pluginevent\.sock/.test(message) &&
        world.podNamed(pod.namespace, pod.name)?.object?.status.phase === 'Pending',
    )
    const [first] = stuck
    if (gap === undefined && first === undefined) return
    const pods = [...new Map(stuck.map(({ pod }) => [`${pod.namespace}/${pod.name}`, pod])).values()]
    const evidence = [...(gap === undefined ? [] : [gap.evidence]), ...(first === undefined ? [] : [first.evidence])]
    const [one, ...others] = [...(gap === undefined ? [] : [refOf(gap.object)]), ...pods.map(podRef)]
    const [cited, ...more] = evidence
    if (one === undefined || cited === undefined) return
    yield {
      objects: [one, ...others],
      says: `${gap?.says ?? 'the agent of istio-cni did not answer'}${pods.length === 0 ? '' : `: ${pods.map(({ namespace, name }) => `${namespace}/${name}`).join(', ')} cannot start`}`,
      evidence: [cited, ...more],
      ...(gap !== undefined && pods.length === 0 && { severity: 'warning' as const }),
    }
  },
})
