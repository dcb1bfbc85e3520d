import { refOf } from '#model/kubernetes.ts'
import { defineCheck } from '../check.ts'
import { cite, conditionOf, named } from '../cite.ts'

const annotation = 'istio.io/dry-run'

export default defineCheck({
  code: 'AMB049',
  title: 'A dry-run policy that no ztunnel looks at',
  severity: 'info',
  means: 'The policy is not sent to ztunnel: it denies nothing and nothing is logged of it.',
  causes: ['dry run at ztunnel is off unless istiod runs with AMBIENT_ENABLE_DRY_RUN_AUTHORIZATION_POLICY'],
  fix: 'Enable dry run at istiod if the trial is wanted, or remove the annotation to enforce the policy.',
  *find(world) {
    for (const policy of world.mesh.kubernetes.of('AuthorizationPolicy')) {
      if (policy.annotations[annotation] !== 'true') continue
      const sent = world.mesh.ztunnels.some(({ policies }) =>
        policies.some(({ namespace, name }) => namespace === policy.namespace && name === policy.name),
      )
      if (sent) continue
      const accepted = conditionOf(policy, 'ZtunnelAccepted')
      yield {
        objects: [refOf(policy)],
        says: `${named(policy)} is annotated ${annotation}=true and no ztunnel holds it`,
        evidence: [
          cite(policy, `/metadata/annotations/${annotation.replace('/', '~1')}`, 'true'),
          ...(accepted === undefined ? [] : [accepted.evidence]),
        ],
      }
    }
  },
})
