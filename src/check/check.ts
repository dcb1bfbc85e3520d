import type { World } from '#trace/world.ts'
import { findingKey } from './checked.ts'
import type { Finding, Severity } from './finding.ts'
import { severities } from './finding.ts'

/** What a rule reports of one case; the rest comes from its definition. */
export type Found = Pick<Finding, 'objects' | 'says' | 'evidence'> &
  Partial<Pick<Finding, 'severity' | 'confidence' | 'causes' | 'fix'>>

/** One failure mode of specs/failure-modes.md. The texts are those of `explain`. */
export interface Check {
  readonly code: string
  readonly title: string
  readonly severity: Severity
  /** What it means for requests. */
  readonly means: string
  /** Why it usually happens. */
  readonly causes: readonly string[]
  readonly fix: string
  /** The release that cures a cause, where one does. */
  readonly fixedIn?: string
  readonly find: (world: World) => Iterable<Found>
}

export const defineCheck = (check: Check): Check => check

/** Every finding of the given checks: the worst first, each once, in an order that does not depend on the input's. */
export const runChecks = (world: World, checks: readonly Check[]): readonly Finding[] => {
  const found = new Map<string, Finding>()
  for (const check of checks)
    for (const finding of check.find(world)) {
      const whole = complete(check, finding)
      found.set(findingKey(whole), whole)
    }
  return [...found.values()].toSorted(
    (a, b) =>
      severities.indexOf(a.severity) - severities.indexOf(b.severity) || (findingKey(a) < findingKey(b) ? -1 : 1),
  )
}

const complete = (check: Check, { severity, confidence, causes, fix, ...found }: Found): Finding => ({
  code: check.code,
  title: check.title,
  severity: severity ?? check.severity,
  confidence: confidence ?? 'certain',
  ...found,
  causes: causes ?? check.means,
  fix: fix ?? check.fix,
})
