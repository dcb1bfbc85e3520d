import type { Authorization, Workload } from '#model/ztunnel.ts'
import { sortLikeIstioctl } from '../sort-like-istioctl.ts'
import { compareText, isSame } from './workloads.ts'

export interface PolicyRow {
  readonly policy: Authorization
  /** Workloads whose connections it is asked about; undefined where workloads were not read. */
  readonly binds?: readonly Workload[]
}

export interface PolicyFilter {
  readonly namespace?: string | undefined
}

export const policyRows = (
  policies: Iterable<Authorization>,
  filter: PolicyFilter,
  workloads?: readonly Workload[],
): readonly PolicyRow[] => {
  const wanted = [...policies].filter(policy => isSame(policy.namespace, filter.namespace))
  const byKey = workloads && boundWorkloads(workloads)
  const rows = wanted.map(policy =>
    byKey && workloads ? { policy, binds: bindsOf(policy, workloads, byKey) } : { policy },
  )
  return sortLikeIstioctl(
    rows,
    ({ policy: a }, { policy: b }) => compareText(a.namespace, b.namespace) || compareText(a.name, b.name),
  )
}

interface Bound {
  readonly byKey: ReadonlyMap<string, readonly Workload[]>
  readonly byNamespace: ReadonlyMap<string, readonly Workload[]>
}

const boundWorkloads = (workloads: readonly Workload[]): Bound => {
  const byKey = new Map<string, Workload[]>()
  const byNamespace = new Map<string, Workload[]>()
  const add = (map: Map<string, Workload[]>, key: string, workload: Workload): void => {
    const found = map.get(key)
    if (found === undefined) map.set(key, [workload])
    else found.push(workload)
  }
  for (const workload of workloads) {
    add(byNamespace, workload.namespace, workload)
    for (const key of workload.authorizationPolicies) add(byKey, key, workload)
  }
  return { byKey, byNamespace }
}

/** Which workloads a policy is for (specs/ztunnel.md §6.1). */
const bindsOf = (policy: Authorization, workloads: readonly Workload[], bound: Bound): readonly Workload[] => {
  if (policy.scope === 'Global' || (policy.scope === 'Namespace' && policy.namespace === '')) return workloads
  if (policy.scope === 'Namespace') return bound.byNamespace.get(policy.namespace) ?? []
  return bound.byKey.get(`${policy.namespace}/${policy.name}`) ?? []
}

/** Keys of the policies that a workload is under, and of those that it lists and the dump does not hold. */
export interface Attached {
  readonly held: readonly Authorization[]
  readonly missing: readonly string[]
}

export const attachedPolicies = (policies: readonly Authorization[]): ((workload: Workload) => Attached) => {
  const byKey = new Map(policies.map(policy => [`${policy.namespace}/${policy.name}`, policy]))
  const wide = policies.filter(policy => policy.scope !== 'WorkloadSelector')
  return workload => ({
    held: [
      ...wide.filter(
        ({ scope, namespace }) => scope === 'Global' || namespace === '' || namespace === workload.namespace,
      ),
      ...workload.authorizationPolicies.flatMap(key => byKey.get(key) ?? []),
    ],
    missing: workload.authorizationPolicies.filter(key => !byKey.has(key)),
  })
}
