import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestResult } from '#assertion/result.ts'
import { testMesh } from '#pipeline/test-mesh.ts'

/** A file with this text, in a folder of its own. */
export const assertionFile = (text: string): string => {
  const file = join(mkdtempSync(join(tmpdir(), 'ambientctl-assert-')), 'suite.yaml')
  writeFileSync(file, text)
  return file
}

/** The results of one suite's tests on the demo mesh. */
export const run = async (tests: string, now = '2026-11-25T12:00:00Z'): Promise<readonly TestResult[]> =>
  (
    await testMesh({
      files: [assertionFile(tests)],
      state: { kind: 'files', paths: ['fixtures/demo'] },
      present: { at: new Date(now), from: 'asked' },
    })
  ).results
