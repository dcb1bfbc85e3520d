import type { Evidence, Reason } from '#model/evidence.ts'
import type { Authorization } from '#model/ztunnel.ts'
import type { ConsideredPolicy, RbacDecision } from '#ztunnel/rbac/decide.ts'
import type { Step, StepDetails } from './step.ts'
import { step } from './step.ts'

/** The policies' decision with every policy that was looked at; `error` is ztunnel's line, which names the one that denied. */
export const policyStep = (rbac: RbacDecision, file: string, error = ''): Step => {
  const policy = decidingPolicy(rbac, error)
  const considered = rbac.considered()
  const evidence: readonly Evidence[] =
    policy === undefined
      ? [{ from: 'absence', file, lookedFor: 'ALLOW policy for this workload that matches' }]
      : [
          {
            from: 'dump',
            file,
            pointer: policy.pointer,
            object: { kind: 'AuthorizationPolicy', namespace: policy.namespace, name: policy.name },
          },
        ]
  return step(
    'policy',
    {
      decision: rbac.kind === 'allow' ? 'allow' : 'deny',
      why: whyOf(rbac),
      considered: considered.length,
      ...(policy !== undefined && { policy: keyOf(policy) }),
    },
    evidence,
    considered.map(reasonOf),
  )
}

/** Would the answer change with the client's address? */
export const restsOnSource = ({ considered }: RbacDecision): boolean =>
  considered().some(({ policy }) =>
    policy.rules.flat(2).some(match => match.sourceIps.length + match.notSourceIps.length > 0),
  )

const decidingPolicy = (rbac: RbacDecision, error: string): Authorization | undefined => {
  if (rbac.kind === 'allow') return rbac.by === 'allow-match' ? rbac.policy : undefined
  if (rbac.kind !== 'deny' || rbac.code !== 'rbac-explicit-deny') return undefined
  return rbac.policies.find(policy => error.endsWith(keyOf(policy))) ?? rbac.policies[0]
}

const whyOf = (rbac: RbacDecision): StepDetails['policy']['why'] => {
  if (rbac.kind === 'allow') return rbac.by
  return rbac.kind === 'deny' && rbac.code === 'rbac-explicit-deny' ? 'deny-match' : 'no-allow-match'
}

const keyOf = ({ namespace, name }: Authorization): string => `${namespace}/${name}`

const reasonOf = ({ policy, reachedBy, isEnforced, reason }: ConsideredPolicy): Reason => ({
  holds: reason.holds,
  text: `${policy.action.toUpperCase()} ${keyOf(policy)} (${reachedBy}${isEnforced ? '' : ', dry run'})`,
  evidence: reason.evidence,
  because: [reason],
})
