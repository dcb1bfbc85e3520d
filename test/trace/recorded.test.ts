import { describe, expect, test } from 'vitest'
import { mesh } from '../fidelity/mesh.ts'
import type { Disagreement, Tally } from '../fidelity/suite.ts'

describe('requests of recorded meshes', () => {
  test.each(mesh.find('fixtures/recorded'))('%s', { timeout: 120_000 }, async folder => {
    const found: Disagreement[] = []
    const tally = (await mesh.replay(folder, disagreement => found.push(disagreement))) as Tally
    expect(found).toEqual([])
    expect(tally.agreed).toBeGreaterThan(tally.total / 2)
  })
})
