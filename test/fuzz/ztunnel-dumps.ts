import { type Outcome, recordedDumps, runCase } from './ztunnel-case.ts'

// node tools/run.mjs test/fuzz/ztunnel-dumps.ts N SEED: N damaged dumps from a seed; prints the seed of each failure.
const [count = 1000, first = 1] = process.argv.slice(2).map(Number)
const dumps = recordedDumps()
const outcomes = new Map<Outcome | 'failed', number>()
let slowest = { seed: first, ms: 0 }

for (let seed = first; seed < first + count; seed++) {
  const started = performance.now()
  const outcome = await runCase(dumps, seed).catch((error: unknown) => {
    process.stdout.write(`seed ${seed}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    return 'failed' as const
  })
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  const ms = performance.now() - started
  if (ms > slowest.ms) slowest = { seed, ms }
}

const figures = [...outcomes].map(([outcome, times]) => `${times} ${outcome}`).join(', ')
process.stdout.write(
  `${count} damaged dumps: ${figures}; slowest ${Math.round(slowest.ms)} ms (seed ${slowest.seed})\n`,
)
process.exitCode = outcomes.has('failed') ? 1 : 0
