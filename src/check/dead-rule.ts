import type { Authorization, RbacMatch } from '#model/ztunnel.ts'

/** specs/ztunnel.md §6.3: ztunnel skips empty matches, so a clause of nothing else never holds, nor does its rule. */
export const isDeadRule = (rule: Authorization['rules'][number]): boolean =>
  rule.some(clause => clause.length > 0 && clause.every(isEmpty))

const isEmpty = (match: RbacMatch): boolean =>
  match.unread === undefined && Object.values(match).every(values => !Array.isArray(values) || values.length === 0)
