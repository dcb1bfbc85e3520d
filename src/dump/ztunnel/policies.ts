import type { Authorization } from '#model/ztunnel.ts'
import { sortLikeIstioctl } from '../sort-like-istioctl.ts'
import type { Bound } from './attached-policies.ts'
import { compareText, isSame } from './workloads.ts'

export interface PolicyRow {
  readonly policy: Authorization
  /** Workloads whose connections it is asked about; undefined where workloads were not read. */
  readonly binds?: Bound
}

export interface PolicyFilter {
  readonly namespace?: string | undefined
}

export const policyRows = (
  policies: Iterable<Authorization>,
  filter: PolicyFilter,
  binds?: (policy: Authorization) => Bound,
): readonly PolicyRow[] => {
  const wanted = [...policies].filter(policy => isSame(policy.namespace, filter.namespace))
  const rows = wanted.map(policy => (binds === undefined ? { policy } : { policy, binds: binds(policy) }))
  return sortLikeIstioctl(
    rows,
    ({ policy: a }, { policy: b }) => compareText(a.namespace, b.namespace) || compareText(a.name, b.name),
  )
}
