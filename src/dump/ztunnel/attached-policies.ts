import type { Authorization, Workload } from '#model/ztunnel.ts'
import { policiesFor } from '#ztunnel/rbac/decide.ts'
import { policyKey, type ZtunnelIndex } from '#ztunnel/ztunnel-index.ts'

/** Workloads that a policy is for; in a large mesh too many to be held. */
export interface Bound {
  readonly count: number
  /** `namespace/name` of the first few. */
  readonly first: readonly string[]
}

const none: Bound = { count: 0, first: [] }
/** One more than a cell names, so that it need not say `and 1 more`. */
const named = 4

/** Counts, for each policy, the workloads that the engine asks it about (specs/ztunnel.md §6.1). */
export class BindingCount {
  private readonly found = new Map<string, { count: number; first: string[] }>()

  add(index: PolicyIndex, workload: Workload): void {
    for (const { compiled } of policiesFor(index, workload).applying) this.addTo(policyKey(compiled.policy), workload)
  }

  of(policy: Authorization): Bound {
    return this.found.get(policyKey(policy)) ?? none
  }

  private addTo(key: string, { namespace, name }: Workload): void {
    const bound = this.found.get(key) ?? { count: 0, first: [] }
    this.found.set(key, bound)
    bound.count++
    if (bound.first.length < named) bound.first.push(`${namespace}/${name}`)
  }
}

export type PolicyIndex = Pick<ZtunnelIndex, 'policiesByNamespace' | 'globalPolicies' | 'policiesByKey'>

/** Policies that a workload is under, and keys of those that it lists and the dump does not hold. */
export interface Attached {
  readonly held: readonly Authorization[]
  readonly missing: readonly string[]
}

export const attachedPolicies = (index: PolicyIndex, workload: Workload): Attached => {
  const { applying, missing } = policiesFor(index, workload)
  return { held: applying.map(({ compiled }) => compiled.policy), missing }
}
