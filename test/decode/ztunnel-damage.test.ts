import { expect, it } from 'vitest'
import { recordedDumps, runCase } from '../fuzz/ztunnel-case.ts'

it('reads or refuses 500 damaged dumps, the same by scanner, and never breaks its own types', async () => {
  const dumps = recordedDumps()
  const outcomes = new Set<string>()
  for (let seed = 1; seed <= 500; seed++)
    outcomes.add(await runCase(dumps, seed).catch((error: unknown) => `seed ${seed}: ${error}`))
  expect([...outcomes].sort()).toEqual(['read', 'read with issues', 'refused'])
})
