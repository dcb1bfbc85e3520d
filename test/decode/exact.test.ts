import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseExactly } from '#decode/json/exact.ts'
import { listPieces, outlineOf, outlineOfLines } from '#decode/json/spans.ts'
import { ExactNumber } from '#model/exact-number.ts'
import { jsonLine, jsonText } from '#render/list/json.ts'
import { yamlText } from '#render/list/yaml.ts'

test.each(['9007199254740993', '18446744073709551615', '1e999', '-1E-999', '0.10000000000000000555'])(
  'the number %s is written as it came',
  number => {
    const { value } = parseExactly(`{"a": [${number}, "${number}"]}`)
    expect(jsonLine(value)).toBe(`{"a":[${number},"${number}"]}`)
    expect(jsonText(value)).toBe(`{\n  "a": [\n    ${number},\n    "${number}"\n  ]\n}`)
    expect(yamlText(value)).toBe(`a:\n- ${number}\n- "${number}"`)
  },
)

test('numbers that a double keeps stay numbers, however they are written', () => {
  const { value } = parseExactly('[1.0, 1e3, 9007199254740992, 0.1, 1.50e-7, 100000000000000000000]')
  expect(value).toEqual([1, 1000, 9007199254740992, 0.1, 1.5e-7, 1e20])
})

test('members that come twice are told, in whichever object', () => {
  const { value, repeated } = parseExactly('{"a": 1, "b": [{"c/d": 1, "c/d": 2}], "\\u0061": 3}')
  expect(repeated).toEqual(['/b/0/c~1d', '/a'])
  expect(value).toEqual({ a: 3, b: [{ 'c/d': 2 }] })
})

test('any JSON reads as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), fc.constantFrom(undefined, 2, '\t'), (value, indent) => {
      const text = JSON.stringify(value, null, indent)
      const exact = parseExactly(text)
      expect(exact.repeated).toEqual([])
      expect(JSON.parse(jsonLine(exact.value))).toEqual(JSON.parse(text))
    }),
  )
})

test('the outline finds the members of any object, and none in a text that is cut', () => {
  const object = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' }))
  fc.assert(
    fc.property(object, fc.constantFrom(undefined, 1), fc.nat(), (value, indent, cut) => {
      const text = JSON.stringify(value, null, indent)
      const members = (outlineOf(text) ?? []).map(({ name, start, end }) => [name, JSON.parse(text.slice(start, end))])
      expect(Object.fromEntries(members)).toEqual(JSON.parse(text))
      expect(outlineOf(text.slice(0, cut % text.length))).toBeUndefined()
    }),
  )
})

test('lines tell where the members of an indented object lie, and never otherwise than brackets do', () => {
  const object = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' }), { minKeys: 1 })
  fc.assert(
    fc.property(object, fc.constantFrom(undefined, 1, 2, 4), fc.nat(), (value, indent, cut) => {
      const text = JSON.stringify(value, null, indent)
      const members = (found: ReturnType<typeof outlineOf>) =>
        found?.map(({ name, start, end }) => [name, text.slice(start, end).trim()])
      expect(members(outlineOfLines(text))).toEqual(indent === 2 ? members(outlineOf(text)) : undefined)
      expect(outlineOfLines(text.slice(0, cut % text.length))).toBeUndefined()
    }),
  )
})

test('the pieces of a list have its elements, wherever it is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.constantFrom(undefined, 2), fc.nat(40), (list, indent, size) => {
      const text = JSON.stringify({ list }, null, indent)
      const [place] = outlineOf(text) ?? []
      if (place === undefined) throw new Error('no outline')
      const pieces = [...listPieces(text, place, piece => JSON.parse(piece) as unknown[], size)]
      expect(pieces.flat()).toEqual(JSON.parse(text).list)
    }),
  )
})

test('a list that is cut inside an element is read to its end', () => {
  const text = '[\n    {"a": [\n    {\n    },\n    {}]},\n    1]'
  const pieces = [...listPieces(text, { start: 0, end: text.length }, piece => JSON.parse(piece) as unknown[], 1)]
  expect(pieces.flat()).toEqual([{ a: [{}, {}] }, 1])
})

test('a number with a mark of its own is not taken for another', () => {
  const text = JSON.stringify({ a: 'number 1', b: `${ExactNumber.mark}12` })
  expect(jsonLine(parseExactly(`[${text}, 9007199254740993]`).value)).toBe(`[${text},9007199254740993]`)
})
