import { expect, test } from 'vitest'
import type { Disagreement, Suite } from '../fidelity/suite.ts'
import { ztunnelEras } from '../fidelity/ztunnel-eras.ts'
import { ztunnelFuzz } from '../fidelity/ztunnel-fuzz.ts'
import { ztunnelLogs } from '../fidelity/ztunnel-logs.ts'

const folders = ztunnelFuzz.find('fixtures/recorded')

test('every release from 1.20 to 1.31 is recorded', () => {
  expect(folders).toHaveLength(12)
})

const replay = async (suite: Suite, folder: string) => {
  const disagreed: Disagreement[] = []
  const tallies = [await suite.replay(folder, found => disagreed.push(found))].flat()
  return { disagreed, tallies }
}

test.each(folders)('%s: what real ztunnels decided is among what is predicted', async folder => {
  const { disagreed, tallies } = await replay(ztunnelFuzz, folder)
  expect(disagreed).toEqual([])
  expect(tallies.map(({ engine }) => engine)).toContain('ztunnel-outbound')
})

test('the same mesh has the same answers in all fourteen releases, but for what behaves otherwise', async () => {
  const { disagreed, tallies } = await replay(ztunnelEras, 'fixtures/recorded/ztunnel-eras')
  expect(disagreed).toEqual([])
  expect(tallies).toHaveLength(14)
})

test('access lines of real connections say what is predicted', async () => {
  const { disagreed, tallies } = await replay(ztunnelLogs, 'fixtures/recorded/ztunnel-logs')
  expect(disagreed).toEqual([])
  expect(tallies.every(({ agreed }) => agreed > 25)).toBe(true)
})
