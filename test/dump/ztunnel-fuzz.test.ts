import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { runTableCase } from '../fuzz/table-case.ts'
import { recordedDumps } from '../fuzz/ztunnel-case.ts'

const folder = mkdtempSync(join(tmpdir(), 'ambientctl-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('damaged dumps end in tables that lose nothing, or in a refusal', async () => {
  const dumps = recordedDumps()
  const outcomes = new Set<string>()
  for (let seed = 1; seed <= 400; seed++)
    outcomes.add(
      await runTableCase(dumps, seed, join(folder, 'dump')).catch((error: unknown) => `seed ${seed}: ${error}`),
    )
  expect([...outcomes].sort()).toEqual(['printed', 'refused'])
}, 120_000)
