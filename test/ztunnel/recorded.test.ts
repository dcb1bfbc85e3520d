import { expect, test } from 'vitest'
import type { Disagreement } from '../fidelity/suite.ts'
import { ztunnelFuzz } from '../fidelity/ztunnel-fuzz.ts'

const folders = ztunnelFuzz.find('fixtures/recorded')

test('every release from 1.20 to 1.31 is recorded', () => {
  expect(folders).toHaveLength(12)
})

test.each(folders)('%s: what real ztunnels decided is among what is predicted', async folder => {
  const disagreed: Disagreement[] = []
  const tallies = [await ztunnelFuzz.replay(folder, found => disagreed.push(found))].flat()
  expect(disagreed).toEqual([])
  expect(tallies.map(({ engine }) => engine)).toContain('ztunnel-outbound')
})
