import { refOf } from '#model/kubernetes.ts'
import { enrolmentOf } from '#trace/enrolment.ts'
import { ingressPolicies } from '#trace/network-policy.ts'
import { defineCheck } from '../check.ts'
import { cite } from '../cite.ts'

const hbone = 15008

export default defineCheck({
  code: 'AMB001',
  title: 'A NetworkPolicy admits the application port but not HBONE',
  severity: 'error',
  means:
    'Clients in the mesh reach the pod on port 15008 only, which the policy drops: they connect, then time out after about ten seconds. Clients outside the mesh are not affected.',
  causes: ['a NetworkPolicy written before the pod joined the mesh lists application ports only'],
  fix: 'Add TCP 15008 to the ports of the rule. Inside HBONE every port of the pod is then reachable: restrict ports with an AuthorizationPolicy.',
  *find(world) {
    for (const pod of world.pods) {
      if (enrolmentOf(world, pod).captured !== 'yes') continue
      const { selecting, admits } = ingressPolicies(world, pod)
      const [first, ...others] = selecting
      if (first === undefined || admits(hbone)) continue
      const ports = [...new Set(selecting.flatMap(portsOf))]
      if (ports.length === 0) continue
      yield {
        objects: [refOf(first), ...others.map(refOf), { kind: 'Pod', namespace: pod.namespace, name: pod.name }],
        says: `pod ${pod.namespace}/${pod.name} is in the mesh, and no NetworkPolicy that selects it admits port ${hbone}`,
        evidence: [cite(first, '/spec/ingress', `ports ${ports.join(', ')}`)],
      }
    }
  },
})

const portsOf = ({ spec }: { readonly spec: Readonly<Record<string, unknown>> }): readonly string[] =>
  (Array.isArray(spec.ingress) ? spec.ingress : []).flatMap(rule =>
    (Array.isArray(rule?.ports) ? rule.ports : []).map((entry: { port?: unknown }) => String(entry.port ?? 'any')),
  )
