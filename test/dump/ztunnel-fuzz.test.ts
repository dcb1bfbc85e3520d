import { expect, test } from 'vitest'
import { runTableCase } from '../fuzz/table-case.ts'
import { recordedDumps } from '../fuzz/ztunnel-case.ts'

test('damaged dumps end in tables or a refusal', async () => {
  const dumps = recordedDumps()
  const outcomes = new Set<string>()
  for (let seed = 1; seed <= 300; seed++) outcomes.add(await runTableCase(dumps, seed))
  expect([...outcomes].sort()).toEqual(['printed', 'refused'])
})
