import { defineCheck } from '../check.ts'
import { cite, citeRecord, podRef } from '../cite.ts'
import { dataplaneMode, isRunning } from '../pods.ts'

export default defineCheck({
  code: 'AMB035',
  title: 'A pod on the host network that the mesh cannot capture',
  severity: 'info',
  means:
    'It sends and answers in plaintext without an identity, and no policy guards it, although its namespace is in the mesh.',
  causes: ['hostNetwork pods share the network namespace of the node, which istio-cni does not touch'],
  fix: 'Run the pod on the pod network, or guard it by other means.',
  *find(world) {
    for (const pod of world.pods) {
      const namespace = world.mesh.kubernetes.get('Namespace', '', pod.namespace)
      if (!pod.hostNetwork || pod.object === undefined || !isRunning(pod)) continue
      if (namespace?.labels[dataplaneMode] !== 'ambient') continue
      const { workload } = pod
      const listed = workload?.authorizationPolicies ?? []
      const dump = world.mesh.ztunnels.find(({ workloads }) => workload !== undefined && workloads.includes(workload))
      yield {
        objects: [podRef(pod)],
        says: `pod ${pod.namespace}/${pod.name} is in a namespace of the mesh and on the host network${listed.length === 0 ? '' : `: ${listed.join(', ')} does not guard it`}`,
        evidence: [
          cite(pod.object, '/spec/hostNetwork', 'true'),
          ...(dump === undefined || workload === undefined || listed.length === 0
            ? []
            : [citeRecord(dump, workload, '/authorizationPolicies', listed.join(', '))]),
        ],
      }
    }
  },
})
