import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cellWidth } from '#render/list/cell.ts'
import { fittedNames } from '#render/list/fit.ts'

describe('fittedNames', () => {
  it('shows all names where they fit, else the first ones and how many more there are', () => {
    expect(fittedNames(['a', 'b', 'c'], 7)).toBe('a, b, c')
    expect(fittedNames(['pod → service', 'other-name', 'c', 'd'], 24)).toBe('pod → service and 3 more')
    expect(fittedNames(['a-long-name', 'b'], 13)).toBe('a… and 1 more')
    expect(fittedNames([], 10)).toBe('')
  })

  it('never passes the width, and counts what it leaves out', () => {
    const name = fc.stringMatching(/^[a-z→名]{1,12}$/)
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 40 }), fc.integer({ min: 20, max: 120 }), (names, room) => {
        const text = fittedNames(names, room)
        expect(cellWidth(text)).toBeLessThanOrEqual(room)
        const [, beside = text, more = '0'] = / and (\d+) more$/.test(text)
          ? (/^(.*) and (\d+) more$/.exec(text) ?? [])
          : []
        expect(beside.split(', ').length + Number(more)).toBe(names.length)
      }),
    )
  })

  it('ends soon for as many names as a large mesh has', () => {
    const names = Array.from({ length: 200_000 }, (_, index) => `shop/web-${index} → shop/none`)
    expect(fittedNames(names, 60)).toBe('shop/web-0 → shop/none and 199999 more')
  })
})
