import { refOf } from '#model/kubernetes.ts'
import { foreignPolicies } from '#trace/foreign-network-policy.ts'
import type { Pod, World } from '#trace/world.ts'
import { defineCheck } from '../check.ts'
import { cite, named, podRef } from '../cite.ts'
import { mostObjects, together } from '../together.ts'

export default defineCheck({
  code: 'AMB060',
  title: 'A network policy of a kind that is not modelled selects a pod',
  severity: 'info',
  means:
    'It may drop what NetworkPolicies let through, or let through what they drop: traces across the pod are undetermined. In the mesh it must admit TCP 15008, and 169.254.7.127 for probes.',
  causes: ['AdminNetworkPolicy, ClusterNetworkPolicy and the kinds of Cilium and Calico are not evaluated'],
  fix: 'Compare its rules by hand with port 15008 in both directions.',
  *find(world) {
    for (const group of together(
      selections(world),
      ({ policy }) => `${policy.kind} ${policy.namespace}/${policy.name}`,
    )) {
      const [{ policy, pod, isSure }] = group
      const pods = [...new Set(group.map(one => one.pod))]
      yield {
        objects: [refOf(policy), ...pods.slice(0, mostObjects).map(podRef)],
        says: `${named(policy)} ${isSure ? 'selects' : 'may select'} ${pods.length} ${pods.length === 1 ? 'pod' : 'pods'}, such as ${pod.namespace}/${pod.name}, and is not evaluated`,
        evidence: [cite(policy, policy.raw.specs === undefined ? '/spec' : '/specs')],
        confidence: isSure ? 'certain' : 'possible',
      }
    }
  },
})

interface Selection {
  readonly policy: ReturnType<typeof foreignPolicies>[number]['policy']
  readonly pod: Pod
  readonly isSure: boolean
}

const selections = (world: World): readonly Selection[] =>
  world.pods
    .flatMap(pod =>
      foreignPolicies(world, pod).map(({ policy, selects }) => ({ policy, pod, isSure: selects === 'yes' })),
    )
    .toSorted((one, other) => Number(other.isSure) - Number(one.isSure))
