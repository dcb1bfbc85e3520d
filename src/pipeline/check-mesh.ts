import { runChecks } from '#check/check.ts'
import { findingKey } from '#check/checked.ts'
import { checks } from '#check/checks.ts'
import type { Finding } from '#check/finding.ts'
import { readJson } from '#collect/json-file.ts'
import { findingsOfReport } from '#decode/earlier-report.ts'
import type { DecodeIssue } from '#model/issue.ts'
import type { State } from '#model/state.ts'
import { worldOf } from '#trace/world.ts'
import { meshOf } from './read-mesh.ts'
import { wholeMesh } from './wanted.ts'

export interface CheckQuestion {
  readonly state: State
  /** An earlier `check -o json`: its findings are not told again. */
  readonly baseline?: string | undefined
}

interface CheckAnswer {
  readonly findings: readonly Finding[]
  readonly issues: readonly DecodeIssue[]
}

/** `check`: collect → decode → model → check. */
export const checkState = async ({ state, baseline }: CheckQuestion): Promise<CheckAnswer> => {
  const mesh = await meshOf(state, wholeMesh)
  const findings = runChecks(worldOf(mesh), checks)
  if (baseline === undefined) return { findings, issues: mesh.issues }
  const known = new Set(findingsOfReport(await readJson(baseline), baseline).map(findingKey))
  return { findings: findings.filter(finding => !known.has(findingKey(finding))), issues: mesh.issues }
}

/** The findings alone. */
export const checkMesh = async (snapshots: readonly string[]): Promise<readonly Finding[]> =>
  (await checkState({ state: { kind: 'files', paths: snapshots } })).findings
