import { membershipOf } from '#trace/membership.ts'
import { defineCheck } from '../check.ts'
import { podRef } from '../cite.ts'
import { citeRedirection, redirectedPods } from '../redirected.ts'

export default defineCheck({
  code: 'AMB037',
  title: 'The mesh covers IPv4 of a pod and not its IPv6',
  severity: 'error',
  means: 'What the pod sends and receives over IPv6 is plaintext and past every policy.',
  causes: ['ambient.ipv6 is off in istio-cni (AMBIENT_IPV6=false)', 'istio-cni before 1.23 programs no rule for IPv6'],
  fix: 'Turn IPv6 on in istio-cni and recreate the pod, or use the cluster with IPv4 only.',
  fixedIn: ['1.23.0'],
  *find(world) {
    for (const { pod, findings } of redirectedPods(world)) {
      if (membershipOf(world, pod).captured !== 'yes') continue
      for (const finding of findings) {
        const [first, ...others] = citeRedirection(finding)
        if (finding.code !== 'ipv6-uncovered' || first === undefined) continue
        yield {
          objects: [podRef(pod)],
          says: `pod ${pod.namespace}/${pod.name} has ${finding.about}, and no rule redirects IPv6`,
          evidence: [first, ...others],
        }
      }
    }
  },
})
