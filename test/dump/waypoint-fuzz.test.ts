import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { recordedWaypoints, runWaypointCase } from '../fuzz/waypoint-case.ts'

const folder = mkdtempSync(join(tmpdir(), 'ambientctl-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('damaged dumps of waypoints end in a table and in decisions, or in a refusal', async () => {
  const dumps = recordedWaypoints()
  const outcomes = new Set<string>()
  for (let seed = 1; seed <= 150; seed++)
    outcomes.add(await runWaypointCase(dumps, seed, folder).catch((error: unknown) => `seed ${seed}: ${error}`))
  expect([...outcomes].sort()).toEqual(['printed', 'refused'])
}, 120_000)
