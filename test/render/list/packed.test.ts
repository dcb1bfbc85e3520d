import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PackedCells } from '#render/list/packed.ts'

const columns = [
  { key: 'text', header: 'TEXT', text: ([text]: readonly [string, number]) => text },
  { key: 'kind', header: 'KIND', text: ([, kind]: readonly [string, number]) => `${kind % 7}/7`, order: () => 0 },
]

test('a packed cell is the text that was packed, and is ordered by its number', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }).map(text => Buffer.from(text).toString()),
    fc.nat(1000).map(length => '網'.repeat(length)),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(text, fc.nat())), rows => {
      const cells = new PackedCells(columns)
      const numbers = rows.map(row => cells.add(row))
      const [first, second] = cells.packed()
      expect(numbers.map(at => first?.text({ at }))).toEqual(rows.map(([text]) => text))
      expect(numbers.map(at => second?.order?.({ at }))).toEqual(rows.map(([, kind]) => kind % 7))
    }),
  )
})

test('texts that never repeat are kept outside of the heap, and read back', () => {
  const cells = new PackedCells(columns)
  for (let at = 0; at < 200_000; at++) cells.add([`pod-${at}-${'é'.repeat(at % 300)}`, at])
  const [first] = cells.packed()
  for (const at of [0, 131_071, 131_072, 150_000, 199_999])
    expect(first?.text({ at })).toBe(`pod-${at}-${'é'.repeat(at % 300)}`)
})
