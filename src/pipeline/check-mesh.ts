import { runChecks } from '#check/check.ts'
import { checks } from '#check/checks.ts'
import type { Finding, Severity } from '#check/finding.ts'
import { severities } from '#check/finding.ts'
import type { State } from '#model/state.ts'
import { worldOf } from '#trace/world.ts'
import { meshOf } from './read-mesh.ts'
import { wholeMesh } from './wanted.ts'

/** `check`: collect → decode → model → check. */
export const checkMesh = async (state: State): Promise<readonly Finding[]> =>
  runChecks(worldOf(await meshOf(state, wholeMesh)), checks)

/** Is any finding at least this severe? */
export const reaches = (findings: readonly Finding[], threshold: Severity): boolean =>
  findings.some(({ severity }) => severities.indexOf(severity) <= severities.indexOf(threshold))
