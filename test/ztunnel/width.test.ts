import { expect, test } from 'vitest'
import { questionsAmong } from '../fidelity/ztunnel/recording.ts'
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

test('picks that did not come up count as wider too', () => {
  const draws: Widths = { unseen: 1, because: [], expected: { mean: 1, variance: 1 } }
  const both = (wide: number) => many(300, stale, many(wide, draws, many(9700 - wide, exact)))
  expect(holdWidth([release(30, both(299))]).holds).toBe(true)
  expect(holdWidth([release(30, both(300))]).holds).toBe(false)
})

test('a small recording is shown and not held to the bound', () => {
  const { holds, lines } = holdWidth([release(30, many(20, stale))])
  expect(holds).toBe(true)
  expect(lines.join('\n')).toContain('wider than observed: 100.0 %')
  expect(lines.at(-1)).toContain('not held below 5000 decisions')
})

test('picks that stay away as often as their chances say are no fault; picks that never come are', () => {
  const expected = unseenOf([0.5, 0.25, 0.25], 16)
  expect(expected.mean).toBeCloseTo(0.5 ** 16 + 2 * 0.75 ** 16)
  const unseenIn = (times: number) =>
    many(times, { unseen: 1, because: [], expected }, many(10_000 - times, { ...exact, expected }))
  expect(holdWidth([release(30, unseenIn(200))]).holds).toBe(true)
  expect(holdWidth([release(30, unseenIn(500))]).holds).toBe(false)
})

test('a recording without decisions since 1.24 says nothing about the width', () => {
  expect(holdWidth([release(22, many(9000, stale))])).toEqual({ holds: true, lines: [] })
})

test('a question that was asked twice has the answers of both rows, and counts as two', () => {
  const source = { name: 'web', namespace: 'shop', serviceAccount: 'web', ip: '10.0.0.1' }
  const row = (dial: string, next_hop: string) => ({ source, dial, results: [{ count: 40, next_hop }] })
  const [twice, once] = questionsAmong([row('a:80', 'x'), row('b:80', 'x'), row('a:80', 'y')])
  expect(twice?.rows).toHaveLength(2)
  expect(twice?.whole.results.map(({ next_hop }) => next_hop)).toEqual(['x', 'y'])
  expect(once?.rows).toHaveLength(1)

  const width = new Width()
  width.add(stale, 2)
  width.add(exact)
  expect(width.decisions).toBe(3)
  expect(width.line()).toContain('wider than observed: 66.7 %')
})
