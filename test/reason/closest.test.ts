import fc from 'fast-check'
import { expect, test } from 'vitest'
import { closest, editDistance } from '#reason/closest.ts'

test.each([
  ['trcae', 'trace'],
  ['dmup:ztunnel', 'dump:ztunnel'],
  ['check', 'check'],
  ['zzz', undefined],
])('%s means %s', (word, meant) => {
  expect(closest(word, ['check', 'dump:ztunnel', 'trace'])).toBe(meant)
})

const word = fc.string({ maxLength: 8 })

test('a distance is symmetric, zero for the same word only, and no longer than the longer word', () => {
  fc.assert(
    fc.property(word, word, (a, b) => {
      const distance = editDistance(a, b)
      expect(distance).toBe(editDistance(b, a))
      expect(distance === 0).toBe(a === b)
      expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length))
    }),
  )
})
