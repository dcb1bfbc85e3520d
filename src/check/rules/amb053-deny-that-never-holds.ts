import { defineCheck } from '../check.ts'
import { citeRecord, conditionOf, recordRef } from '../cite.ts'
import { isDeadRule } from '../dead-rule.ts'

export default defineCheck({
  code: 'AMB053',
  title: 'A DENY policy that ztunnel never matches, though its status says that it is enforced',
  severity: 'error',
  means: 'Nothing is denied. The status claims the contrary: accepted, and more restrictive than requested.',
  causes: ['its rules ask for HTTP only, which istiod strips: an empty match is left, and ztunnel skips empty matches'],
  fix: 'Attach the policy to a waypoint with targetRefs, or write it with ports, identities and addresses only.',
  *find({ mesh }) {
    for (const dump of mesh.ztunnels)
      for (const policy of dump.policies) {
        if (policy.action !== 'Deny' || policy.rules.length === 0 || !policy.rules.every(isDeadRule)) continue
        const object = mesh.kubernetes.get('AuthorizationPolicy', policy.namespace, policy.name)
        const accepted = object === undefined ? undefined : conditionOf(object, 'ZtunnelAccepted')
        if (accepted !== undefined && accepted.status !== 'True') continue
        yield {
          objects: [recordRef(policy)],
          says: `DENY policy ${policy.namespace}/${policy.name} holds for no connection${accepted === undefined ? '' : `, and its status is ZtunnelAccepted=True: ${accepted.message}`}`,
          evidence: [
            citeRecord(dump, policy, '/rules', 'every rule has a clause of empty matches'),
            ...(accepted === undefined ? [] : [accepted.evidence]),
          ],
        }
      }
  },
})
