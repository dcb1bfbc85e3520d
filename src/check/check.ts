import type { ZtunnelVersion } from '#model/ztunnel.ts'
import type { World } from '#trace/world.ts'
import { findingKey } from './checked.ts'
import type { Finding, Severity } from './finding.ts'
import { severities } from './finding.ts'

/** What a rule reports of one case; the rest comes from its definition. */
export type Found = Pick<Finding, 'objects' | 'says' | 'evidence'> &
  Partial<Pick<Finding, 'severity' | 'confidence' | 'causes' | 'fix' | 'fixedIn' | 'clients'>>

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
  /** Releases that cure a cause, the first of each minor: `1.29.5`. */
  readonly fixedIn?: readonly string[]
  readonly find: (world: World) => Iterable<Found>
}

export const defineCheck = (check: Check): Check => check

/** Every finding of the given checks, in an order that does not depend on the input's. */
export const runChecks = (world: World, checks: readonly Check[]): readonly Finding[] =>
  inOrder(
    checks.flatMap(check =>
      [...check.find(world)].map(found => complete(check, found, cures(world, found.fixedIn ?? check.fixedIn))),
    ),
  )

/** The worst first, each once. */
export const inOrder = (findings: readonly Finding[]): readonly Finding[] => {
  const found = new Map(findings.map(finding => [findingKey(finding), finding]))
  return [...found.values()].toSorted(
    (a, b) =>
      severities.indexOf(a.severity) - severities.indexOf(b.severity) || (findingKey(a) < findingKey(b) ? -1 : 1),
  )
}

/** The releases that cure a cause, unless this mesh already runs one of them. */
const cures = ({ mesh }: World, fixedIn: readonly string[] = []): readonly string[] =>
  mesh.ztunnels.length > 0 && mesh.ztunnels.every(({ version }) => isCured(version, fixedIn)) ? [] : fixedIn

const isCured = ({ minor, patch = 0 }: ZtunnelVersion, releases: readonly string[]): boolean => {
  const cured = releases.map(release => release.split('.').map(Number))
  const own = cured.find(([, curedMinor]) => curedMinor === minor)
  return own === undefined ? cured.every(([, curedMinor = 0]) => minor > curedMinor) : patch >= (own[2] ?? 0)
}

const complete = (
  check: Check,
  { severity, confidence, causes, fix, fixedIn: _, ...found }: Found,
  fixedIn: readonly string[],
): Finding => ({
  code: check.code,
  title: check.title,
  severity: severity ?? check.severity,
  confidence: confidence ?? 'certain',
  ...found,
  causes: causes ?? check.means,
  fix: fix ?? check.fix,
  ...(fixedIn.length > 0 && { fixedIn }),
})
