import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { explore, type HiddenFact, type Walk } from '#ztunnel/walk.ts'

const fact = (subject: string): HiddenFact => ({ code: 'shared-vip', subject, involved: [] })
const text = (result: string) => result
const even = (values: readonly string[]) => values.map(value => ({ value, weight: 1 }))

describe('every way through a decision', () => {
  test('probabilities of draws add up to 1', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(fc.array(weights, { minLength: 1, maxLength: 4 }), draws => {
        const decide = (walk: Walk<never>) =>
          draws.map(options => walk.draw(options.map((weight, at) => ({ value: `${at % 3}`, weight })))).join()
        const { outcomes } = explore(decide, text)
        const sum = outcomes.reduce((total, { probability }) => total + (probability ?? Number.NaN), 0)
        expect(sum).toBeCloseTo(1)
        expect(new Set(outcomes.map(({ result }) => result)).size).toBe(outcomes.length)
      }),
    )
  })

  test('a hidden fact has one value in one ztunnel', () => {
    const decide = (walk: Walk<never>) => `${walk.settle(fact('x'), ['a', 'b'])}${walk.settle(fact('x'), ['a', 'b'])}`
    const { outcomes, ambiguousBecause } = explore(decide, text)
    expect(outcomes).toMatchObject([{ result: 'aa' }, { result: 'bb' }])
    expect(outcomes[0].probability).toBeUndefined()
    expect(ambiguousBecause).toEqual([fact('x')])
  })

  test('a hidden order is the same for every list that is asked about', () => {
    const decide = (walk: Walk<never>) =>
      [
        ['a', 'b', 'c'],
        ['b', 'c'],
        ['a', 'b', 'c'],
        ['c', 'b'],
        ['c', 'd'],
      ]
        .map(of => walk.settle(fact('x'), of))
        .join('')
    const { outcomes } = explore(decide, text)
    expect(outcomes.map(({ result }) => result)).toEqual([
      'ababc',
      'ababd',
      'acacc',
      'acacd',
      'bbbbc',
      'bbbbd',
      'ccccc',
      'ccccd',
    ])
  })

  test('a hidden fact that changes nothing is not named', () => {
    const { outcomes, ambiguousBecause } = explore<string, never>(walk => {
      walk.settle(fact('x'), ['a', 'b'])
      return walk.draw(even(['c', 'd']))
    }, text)
    expect(outcomes.map(({ result }) => result)).toEqual(['c', 'd'])
    expect(ambiguousBecause).toEqual([])
  })

  test('a rare fact is supposed not to be so, until somebody doubts it', () => {
    const decide = (walk: Walk<never>) => (walk.assumeNot(fact('gone')) ? 'as usual' : 'lost')
    expect(explore(decide, text)).toMatchObject({ outcomes: [{ result: 'as usual' }], unless: [fact('gone')] })
    expect(explore(decide, text, { doubt: true }).outcomes).toHaveLength(2)
  })

  test('too many ways end with a mark, not with a hang', () => {
    const decide = (walk: Walk<never>) => Array.from({ length: 20 }, () => walk.draw(even(['0', '1']))).join('')
    expect(explore(decide, text).incomplete).toBe(true)
  })
})
