import type { LateMember } from '#dump/ztunnel/known-members.ts'
import type { PolicyRow } from '#dump/ztunnel/policies.ts'
import { someOf, unknown } from '#render/dump/refs.ts'
import type { Column } from '#render/list/column.ts'
import { rulesText } from './policy-text.ts'

/** istioctl's columns. */
export const policyColumns: readonly Column<PolicyRow>[] = [
  { key: 'namespace', header: 'NAMESPACE', text: ({ policy }) => policy.namespace },
  { key: 'policy-name', header: 'POLICY NAME', text: ({ policy }) => policy.name },
  { key: 'action', header: 'ACTION', text: ({ policy }) => policy.action },
  { key: 'scope', header: 'SCOPE', text: ({ policy }) => policy.scope },
]

export interface PolicyFacts {
  readonly knows: (member: LateMember) => boolean
  readonly seenBy: ((row: PolicyRow) => string) | undefined
}

export const widePolicyColumns = (facts: PolicyFacts): readonly Column<PolicyRow>[] => [
  ...policyColumns,
  {
    key: 'dry-run',
    header: 'DRY RUN',
    wide: true,
    text: ({ policy }) => (facts.knows('dryRun') ? (policy.dryRun ? 'yes' : 'no') : unknown),
  },
  { key: 'binds', header: 'BINDS', wide: true, text: bindsText, order: ({ binds }) => binds?.count ?? -1 },
  { key: 'rules', header: 'RULES', wide: true, text: ({ policy }) => rulesText(policy) },
  ...(facts.seenBy === undefined
    ? []
    : [{ key: 'seen-by', header: 'SEEN BY', wide: true, text: (row: PolicyRow) => facts.seenBy?.(row) ?? '' }]),
]

const bindsText = ({ policy, binds }: PolicyRow): string => {
  if (binds === undefined) return unknown
  if (binds.count === 0) return `0: ${noneBound[policy.scope]}`
  return `${binds.count}: ${someOf(binds.first, 3, binds.count)}`
}

const noneBound: Readonly<Record<PolicyRow['policy']['scope'], string>> = {
  WorkloadSelector: 'no workload of the dump lists it',
  Namespace: 'no workload in its namespace',
  Global: 'the dump holds no workload',
}
