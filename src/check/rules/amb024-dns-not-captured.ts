import { list } from '#model/kubernetes.ts'
import { membershipOf } from '#trace/membership.ts'
import { defineCheck } from '../check.ts'
import { citeMetadata, podRef } from '../cite.ts'
import type { Cited } from '../finding.ts'
import { redirectedPods } from '../redirected.ts'

const dnsCapture = 'ambient.istio.io/dns-capture'

export default defineCheck({
  code: 'AMB024',
  title: 'A pod of the mesh does not ask ztunnel for names',
  severity: 'info',
  means:
    'Hosts of ServiceEntries that the cluster DNS does not know fail to resolve; others resolve to their public addresses, which go past their waypoints.',
  causes: ['the annotation ambient.istio.io/dns-capture=false'],
  fix: 'Remove the annotation and recreate the pod, or make the names known to the cluster DNS.',
  *find(world) {
    const redirected = redirectedPods(world)
    const entries = world.mesh.kubernetes.of('ServiceEntry').filter(({ status }) => list(status.addresses).length > 0)
    for (const pod of world.pods) {
      if (pod.object?.annotations[dnsCapture] !== 'false' || membershipOf(world, pod).captured !== 'yes') continue
      const own = redirected.find(one => one.pod === pod)
      const file = own?.recognition.features?.dns === 'off' ? own.netns.rulesets[0]?.file : undefined
      const rule: readonly Cited[] =
        file === undefined ? [] : [{ from: 'absence', file, lookedFor: 'redirection of port 53 to 15053' }]
      yield {
        objects: [podRef(pod)],
        says: `pod ${pod.namespace}/${pod.name} resolves names past ztunnel${entries.length === 0 ? '' : `; ${entries.length} ServiceEntries have addresses that only ztunnel knows`}`,
        evidence: [citeMetadata(pod.object, 'annotations', dnsCapture), ...rule],
      }
    }
  },
})
