import { objectKey, sortOut } from '#assertion/ignore.ts'
import { readSuites } from '#assertion/read.ts'
import type { Ignore } from '#assertion/suite.ts'
import { inOrder, runChecks } from '#check/check.ts'
import { findingKey, type IgnoredFinding } from '#check/checked.ts'
import { checks } from '#check/checks.ts'
import type { Finding } from '#check/finding.ts'
import { readJson } from '#collect/json-file.ts'
import { readTextFile } from '#collect/text-file.ts'
import { findingsOfReport } from '#decode/earlier-report.ts'
import { vocabulary } from '#explain/vocabulary.ts'
import type { DecodeIssue } from '#model/issue.ts'
import type { State } from '#model/state.ts'
import { worldOf } from '#trace/world.ts'
import type { Holdings } from './holdings.ts'
import { holdingsOf } from './read-mesh.ts'
import { wholeMesh } from './wanted.ts'

export interface CheckQuestion {
  readonly state: State
  /** Of a cluster: rules of nodes and pods too. */
  readonly rules: boolean
  /** An earlier `check -o json`: its findings are not told again. */
  readonly baseline?: string | undefined
  /** Files with `ignore`, as those of `test` have it. */
  readonly ignore?: readonly string[] | undefined
  /** The day that expiries are held against. */
  readonly now?: Date
}

interface CheckAnswer {
  readonly findings: readonly Finding[]
  readonly ignored: readonly IgnoredFinding[]
  /** Findings that a file ignored until a day that is over. */
  readonly expired: readonly { readonly what: Finding; readonly by: Ignore }[]
  readonly issues: readonly DecodeIssue[]
}

/** `check`: collect → decode → model → check. */
export const checkState = async ({
  state,
  rules,
  baseline,
  ignore = [],
  now = new Date(0),
}: CheckQuestion): Promise<CheckAnswer> => {
  const ignores = await ignoresOf(ignore)
  const known = new Set(baseline === undefined ? [] : await keysOf(baseline))
  const { findings, issues } = await findingsIn(await holdingsOf(state, wholeMesh({ rules, logs: true })))
  const found = findings.filter(finding => !known.has(findingKey(finding)))
  const { kept, ignored, expired } = sortOut(found, ignores, now, ({ code, objects }) => ({
    code,
    objects: objects.map(objectKey),
  }))
  return {
    findings: kept,
    ignored: ignored.map(({ what, by: { reason, expires } }) => ({ finding: what, reason, expires })),
    expired,
    issues,
  }
}

/** A large mesh is looked at portion by portion. */
export const findingsIn = async (holdings: Holdings): Promise<Pick<CheckAnswer, 'findings' | 'issues'>> => {
  const found: (readonly Finding[])[] = []
  const issues = new Map<string, DecodeIssue>()
  for await (const mesh of holdings.portions()) {
    found.push(runChecks(worldOf(mesh), checks))
    for (const issue of mesh.issues) issues.set(JSON.stringify(issue), issue)
  }
  return { findings: inOrder(found.flat()), issues: [...issues.values()] }
}

const keysOf = async (baseline: string): Promise<readonly string[]> =>
  findingsOfReport(await readJson(baseline), baseline).map(findingKey)

const ignoresOf = async (files: readonly string[]): Promise<readonly Ignore[]> => {
  const suites = []
  for (const file of files) suites.push(...readSuites(await readTextFile(file), file, vocabulary))
  return suites.flatMap(({ ignore }) => ignore)
}

/** The findings alone. */
export const checkMesh = async (snapshots: readonly string[]): Promise<readonly Finding[]> =>
  (await checkState({ state: { kind: 'files', paths: snapshots }, rules: true })).findings
