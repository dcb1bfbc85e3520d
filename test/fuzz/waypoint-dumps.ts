import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { recordedWaypoints, runWaypointCase } from './waypoint-case.ts'

// node tools/run.mjs test/fuzz/waypoint-dumps.ts N SEED: a table and decisions of N damaged dumps; prints the seed of each failure.
const [count = 1000, first = 1] = process.argv.slice(2).map(Number)
const dumps = recordedWaypoints()
const folder = mkdtempSync(join(tmpdir(), 'ambientctl-fuzz-'))
const outcomes = new Map<string, number>()
let slowest = { seed: first, ms: 0 }

for (let seed = first; seed < first + count; seed++) {
  const started = performance.now()
  const outcome = await runWaypointCase(dumps, seed, folder).catch((error: unknown) => {
    process.stdout.write(`seed ${seed}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    return 'failed'
  })
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  const ms = performance.now() - started
  if (ms > slowest.ms) slowest = { seed, ms }
}

rmSync(folder, { recursive: true })
const figures = [...outcomes].map(([name, times]) => `${times} ${name}`).join(', ')
process.stdout.write(
  `${count} damaged dumps: ${figures}; slowest ${Math.round(slowest.ms)} ms (seed ${slowest.seed})\n`,
)
process.exitCode = outcomes.has('failed') ? 1 : 0
