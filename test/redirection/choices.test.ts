import fc from 'fast-check'
import { expect, test } from 'vitest'
import { explore } from '#redirection/choices.ts'

test('every combination is seen once and the probabilities add up to one', () => {
  const weights = fc.array(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 3 }), { maxLength: 4 })
  fc.assert(
    fc.property(weights, questions => {
      fc.pre(questions.every(options => options.some(weight => weight > 0)))
      const { outcomes, complete } = explore(choices => questions.map(options => choices.pick(options)).join(), 1000)
      expect(complete).toBe(true)
      expect(new Set(outcomes.map(({ value }) => value)).size).toBe(outcomes.length)
      expect(outcomes.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1)
    }),
  )
})

test('kube-proxy style chances make equal endpoints', () => {
  const { outcomes } = explore(choices => {
    if (choices.pick([1 / 3, 2 / 3]) === 0) return 'a'
    return choices.pick([0.5, 0.5]) === 0 ? 'b' : 'c'
  }, 10)
  expect(outcomes.map(({ value }) => value)).toEqual(['a', 'b', 'c'])
  for (const { probability } of outcomes) expect(probability).toBeCloseTo(1 / 3)
})

test('a limit leaves the exploration incomplete', () => {
  expect(explore(choices => choices.pick([1, 1, 1]), 2)).toMatchObject({ complete: false })
})
