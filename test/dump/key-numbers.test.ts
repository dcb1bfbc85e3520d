import fc from 'fast-check'
import { expect, test } from 'vitest'
import { KeyNumbers } from '#dump/key-numbers.ts'

const key = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.tuple(fc.constantFrom('shop', 'cluster//Pod/shop', ''), fc.nat(200)).map(([first, at]) => `${first}/pod-${at}`),
  // Half a surrogate pair has no UTF-8 of its own.
  fc.constantFrom('shop/\ud800', 'shop/\ud801', 'shop/\ufffd', 'shop/網', 'shop/\u00e9', '/', '//', ''),
)

test('keys are told apart as a map tells them apart, and read back', () => {
  fc.assert(
    fc.property(fc.nat(10), fc.array(key, { maxLength: 3000, size: 'max' }), fc.array(key), (held, added, asked) => {
      const numbers = new KeyNumbers(held)
      const expected = new Map<string, number>()
      for (const one of added) {
        if (!expected.has(one)) expected.set(one, expected.size)
        expect(numbers.add(one)).toBe(expected.get(one))
      }
      expect(numbers.size).toBe(expected.size)
      for (const one of [...added, ...asked]) expect(numbers.find(one)).toBe(expected.get(one))
      for (const [one, number] of expected) expect(numbers.keyOf(number)).toBe(one)
    }),
    { numRuns: 50 },
  )
})

test('a key may be longer than what is kept together', () => {
  const numbers = new KeyNumbers(0)
  const long = `shop/${'x'.repeat(3 << 20)}`
  for (const one of ['shop/before', long, 'shop/after']) numbers.add(one)
  expect(['shop/after', long, `${long}x`, 'shop/before'].map(one => numbers.find(one))).toEqual([2, 1, undefined, 0])
  expect(numbers.keyOf(1)).toBe(long)
})
