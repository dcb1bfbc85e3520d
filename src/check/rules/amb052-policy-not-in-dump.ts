import { defineCheck } from '../check.ts'
import { citeRecord, recordRef } from '../cite.ts'
import { mostObjects, someOf, together } from '../together.ts'

export default defineCheck({
  code: 'AMB052',
  title: 'A workload lists a policy that its ztunnel does not hold',
  severity: 'error',
  means:
    'ztunnel skips the policy it does not know: a DENY is not enforced, and a lost ALLOW allows everything that no other policy denies.',
  causes: [
    'istiod has not sent the policy yet, or ztunnel refused it',
    'the dump was taken in the middle of an update',
  ],
  fix: 'Compare with the AuthorizationPolicy and restart the ztunnel or istiod if the difference stays.',
  *find(world) {
    for (const dump of world.mesh.ztunnels) {
      const held = new Set(dump.policies.map(({ namespace, name }) => `${namespace}/${name}`))
      const dangling = dump.workloads.flatMap(workload =>
        workload.authorizationPolicies.flatMap((key, index) => (held.has(key) ? [] : [{ workload, key, index }])),
      )
      for (const [first, ...others] of together(dangling, ({ key }) => key)) {
        const { workload, key, index } = first
        const [namespace = '', name = ''] = key.split('/')
        const workloads = [first, ...others].map(one => one.workload)
        const names = someOf(workloads.map(one => `${one.namespace}/${one.name}`))
        yield {
          objects: [
            { kind: 'AuthorizationPolicy', namespace, name },
            ...workloads.slice(0, mostObjects).map(recordRef),
          ],
          says:
            others.length === 0
              ? `workload ${names} lists policy ${key}, which this ztunnel does not hold`
              : `${workloads.length} workloads, ${names}, list policy ${key}, which this ztunnel does not hold`,
          evidence: [citeRecord(dump, workload, `/authorizationPolicies/${index}`, key)],
        }
      }
    }
  },
})
