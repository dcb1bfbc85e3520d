import { defineCheck } from '../check.ts'
import { citeRecord, recordRef } from '../cite.ts'

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
      for (const workload of dump.workloads)
        for (const [index, key] of workload.authorizationPolicies.entries()) {
          if (held.has(key)) continue
          const [namespace = '', name = ''] = key.split('/')
          yield {
            objects: [{ kind: 'AuthorizationPolicy', namespace, name }, recordRef(workload)],
            says: `workload ${workload.namespace}/${workload.name} lists policy ${key}, which this ztunnel does not hold`,
            evidence: [citeRecord(dump, workload, `/authorizationPolicies/${index}`, key)],
          }
        }
    }
  },
})
