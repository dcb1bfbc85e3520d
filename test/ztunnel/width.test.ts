import { expect, test } from 'vitest'
import { holdWidth, unseenOf, Width, type Widths } from '../fidelity/ztunnel/width.ts'

const many = (times: number, one: Widths, into = new Width()): Width => {
  for (let at = 0; at < times; at++) into.add(one)
  return into
}

const exact: Widths = { unseen: 0, because: [] }
const stale: Widths = { unseen: 1, because: ['stale-cidr'] }
const release = (minor: number, width: Width) => ({ release: `1.${minor}`, minor, width })

test('more than six wide predictions of a hundred since 1.24 do not hold, whichever release they are in', () => {
  const narrow = many(400, stale, many(9600, exact))
  const wide = many(900, stale, many(9100, exact))
  expect(holdWidth([release(29, narrow), release(30, narrow)]).holds).toBe(true)
  expect(holdWidth([release(29, narrow), release(30, wide)]).holds).toBe(false)
  expect(holdWidth([release(23, wide), release(30, narrow)]).holds).toBe(true)
})

test('a small recording is shown and not held to the bound', () => {
  const { holds, lines } = holdWidth([release(30, many(20, stale))])
  expect(holds).toBe(true)
  expect(lines.join('\n')).toContain('wider than observed: 100.0 %')
  expect(lines.at(-1)).toContain('not held below 5000 decisions')
})

test('picks that stay away as often as their chances say are no fault; picks that never come are', () => {
  const expected = unseenOf([0.5, 0.25, 0.25], 4)
  expect(expected.mean).toBeCloseTo(1 / 16 + 2 * 0.75 ** 4)
  const fair = many(6950, { ...exact, expected }, many(3050, { unseen: 2, because: [], expected }))
  const invented = many(2000, { ...exact, expected }, many(8000, { unseen: 1, because: [], expected }))
  expect(holdWidth([release(30, fair)]).holds).toBe(true)
  expect(holdWidth([release(30, invented)]).holds).toBe(false)
})

test('a recording without decisions since 1.24 says nothing about the width', () => {
  expect(holdWidth([release(22, many(9000, stale))])).toEqual({ holds: true, lines: [] })
})
