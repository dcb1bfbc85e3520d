import { runChecks } from '#check/check.ts'
import { checks } from '#check/checks.ts'
import type { Finding, Severity } from '#check/finding.ts'
import { severities } from '#check/finding.ts'
import { worldOf } from '#trace/world.ts'
import { readMesh } from './read-mesh.ts'

/** `check`: collect → decode → model → check. */
export const checkMesh = async (snapshots: readonly string[]): Promise<readonly Finding[]> =>
  runChecks(worldOf(await readMesh(snapshots)), checks)

/** Is any finding at least this severe? */
export const reaches = (findings: readonly Finding[], threshold: Severity): boolean =>
  findings.some(({ severity }) => severities.indexOf(severity) <= severities.indexOf(threshold))
