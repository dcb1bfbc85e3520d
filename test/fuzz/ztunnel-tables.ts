import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runTableCase } from './table-case.ts'
import { recordedDumps } from './ztunnel-case.ts'

// node tools/run.mjs test/fuzz/ztunnel-tables.ts N SEED: every table of N damaged dumps; prints the seed of each failure.
const [count = 1000, first = 1] = process.argv.slice(2).map(Number)
const dumps = recordedDumps()
const folder = mkdtempSync(join(tmpdir(), 'ambientctl-fuzz-'))
const file = join(folder, 'dump')
const outcomes = new Map<string, number>()

for (let seed = first; seed < first + count; seed++) {
  const outcome = await runTableCase(dumps, seed, file).catch((error: unknown) => {
    process.stdout.write(`seed ${seed}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    return 'failed'
  })
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
}

rmSync(folder, { recursive: true })
process.stdout.write(`${count} damaged dumps: ${[...outcomes].map(([name, times]) => `${times} ${name}`).join(', ')}\n`)
process.exitCode = outcomes.has('failed') ? 1 : 0
