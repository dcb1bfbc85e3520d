import { objectAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { Reason } from '#model/evidence.ts'
import type { RbacSubject } from './subject.ts'

/** The CEL condition of a policy; undefined when it has none. */
export const conditionHolds = (policy: EnvoyJson, _subject: RbacSubject): Reason | undefined => {
  const condition = objectAt(policy, 'condition') ?? objectAt(policy, 'checked_condition')
  return condition === undefined ? undefined : { holds: 'unknown', text: 'condition', evidence: [], because: [] }
}
