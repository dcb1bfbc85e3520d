import fc from 'fast-check'
import { expect, test } from 'vitest'
import { printable } from '#render/printable.ts'

test.each([
  ['shop/cart-9bb', 'shop/cart-9bb'],
  ['日本語 🚀 é', '日本語 🚀 é'],
  ['\u001b[31mred', '\\x1b[31mred'],
  ['a\r\nb\tc', 'a\\r\\nb\\tc'],
  ['\u009b2J', '\\x9b2J'],
  ['user\u202egnp.exe', 'user\\u202egnp.exe'],
  ['\ud800x', '\\ud800x'],
])('%j reads %s', (text, shown) => {
  expect(printable(text)).toBe(shown)
})

test('nothing that comes out could move the cursor, and a second pass changes nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      const shown = printable(text)
      expect(shown).not.toMatch(/[\p{Cc}\p{Cs}\p{Bidi_Control}]/u)
      expect(printable(shown)).toBe(shown)
    }),
  )
})
