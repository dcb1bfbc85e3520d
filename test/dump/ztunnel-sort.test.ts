import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sortLikeIstioctl } from '#dump/sort-like-istioctl.ts'

const byKey = (a: { key: number }, b: { key: number }) => a.key - b.key

test('whatever the rows are, they come out in order and none is lost', () => {
  const patterns = fc.oneof(
    fc.array(fc.nat(20), { maxLength: 400 }),
    fc.array(fc.nat(), { maxLength: 400 }),
    fc.nat(300).map(length => Array.from({ length }, (_, index) => index)),
    fc.nat(300).map(length => Array.from({ length }, (_, index) => -index)),
    fc.nat(300).map(length => Array.from({ length }, (_, index) => (index * 7) % 13)),
    fc.nat(300).map(length => Array.from({ length }, (_, index) => Math.abs(index - length / 2))),
  )
  fc.assert(
    fc.property(patterns, keys => {
      const rows = sortLikeIstioctl(
        keys.map(key => ({ key })),
        byKey,
      )
      expect(rows.map(row => row.key)).toEqual([...keys].sort((a, b) => a - b))
    }),
    { numRuns: 500 },
  )
})

test('up to twelve rows with equal keys keep their order', () => {
  const rows = Array.from({ length: 12 }, (_, index) => ({ key: index % 2, index }))
  expect(sortLikeIstioctl(rows, byKey).map(row => row.index)).toEqual([0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11])
})
