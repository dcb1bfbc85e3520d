import { defineCheck } from '../check.ts'
import { podRef } from '../cite.ts'
import { citeRedirection, redirectedPods } from '../redirected.ts'

export default defineCheck({
  code: 'AMB042',
  title: 'Rules of two back ends in one pod',
  severity: 'error',
  means:
    'The kernel runs the rules of every back end. Complete sets beside each other do the same twice; leftovers catch what the other set exempts, such as probes, which policies then refuse.',
  causes: [
    'istio-cni was switched between iptables and native nft while pods ran',
    'istio-cni chose another iptables back end after its restart: up to 1.30.4 it looks anew each time',
  ],
  fix: 'Recreate the pod: its network namespace starts empty. Keep one back end (FORCE_IPTABLES_BINARY, from 1.28 on).',
  fixedIn: ['1.30.5', '1.31.1'],
  *find(world) {
    for (const { pod, findings } of redirectedPods(world))
      for (const finding of findings) {
        if (finding.ambient !== 'AMB042') continue
        const [first, ...others] = citeRedirection(finding)
        if (first === undefined) continue
        const broken = finding.severity === 'broken'
        yield {
          objects: [podRef(pod)],
          says: broken
            ? `pod ${pod.namespace}/${pod.name} holds leftovers of another back end beside its rules: ${finding.about}`
            : `pod ${pod.namespace}/${pod.name} holds a complete set of rules twice: ${finding.about}`,
          evidence: [first, ...others],
          severity: broken ? 'error' : 'info',
        }
      }
  },
})
