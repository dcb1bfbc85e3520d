import { objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { Reason } from '#model/evidence.ts'
import { conditionHolds } from './condition.ts'
import { allOf, oneOf, policiesOf, ruleHolds } from './rule.ts'
import type { RbacSubject } from './subject.ts'

export type RbacAction = 'ALLOW' | 'DENY' | 'LOG'

export interface RbacResult {
  readonly allowed: 'yes' | 'no' | 'unknown'
  readonly action: RbacAction
  /** The first policy that matches in Envoy's order, spelled as configured. */
  readonly policy?: string
  /** Every policy that was looked at. */
  readonly reason: Reason
}

const policyHolds = (name: string, policy: EnvoyJson, subject: RbacSubject): Reason => {
  const permissions = objectsAt(policy, 'permissions').map(rule => ruleHolds(rule, subject))
  const principals = objectsAt(policy, 'principals').map(rule => ruleHolds(rule, subject))
  const condition = conditionHolds(policy, subject)
  return allOf(
    [
      oneOf(permissions, 'permissions'),
      oneOf(principals, 'principals'),
      ...(condition === undefined ? [] : [condition]),
    ],
    name,
  )
}

const actions: readonly RbacAction[] = ['ALLOW', 'DENY', 'LOG']

const verdictOf = (action: RbacAction, matched: 'yes' | 'no' | 'unknown'): 'yes' | 'no' | 'unknown' => {
  if (action === 'LOG') return 'yes'
  if (matched === 'unknown') return 'unknown'
  return (matched === 'yes') === (action === 'ALLOW') ? 'yes' : 'no'
}

/** `envoy.config.rbac.v3.RBAC`: ALLOW needs a match, DENY must have none, LOG never denies. */
export const evaluateRules = (rules: EnvoyJson, subject: RbacSubject): RbacResult => {
  const action = actions.find(known => known === textAt(rules, 'action')) ?? 'ALLOW'
  const looked: Reason[] = []
  let matched: 'yes' | 'no' | 'unknown' = 'no'
  let policy: string | undefined
  for (const [name, config] of policiesOf(rules)) {
    const reason = policyHolds(name, config, subject)
    looked.push(reason)
    if (reason.holds === 'unknown') matched = 'unknown'
    if (reason.holds !== 'yes') continue
    matched = 'yes'
    policy = name
    break
  }
  const allowed = verdictOf(action, matched)
  const reason: Reason = { holds: allowed, text: action, evidence: [], because: looked }
  return { allowed, action, ...(policy === undefined ? {} : { policy }), reason }
}

/** White space in a policy name becomes `_` in response code details. */
export const denialDetails = (policy: string | undefined): string =>
  `rbac_access_denied_matched_policy[${(policy ?? 'none').replace(/\s/g, '_')}]`

/** A matcher tree in place of rules is not evaluated. */
export const isMatcherTree = (config: EnvoyJson): boolean =>
  objectAt(config, 'rules') === undefined && objectAt(config, 'matcher') !== undefined

export const rulesOf = (config: EnvoyJson): EnvoyJson | undefined => objectAt(config, 'rules')
export const shadowRulesOf = (config: EnvoyJson): EnvoyJson | undefined => objectAt(config, 'shadow_rules')
