import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { yamlElement, yamlText } from '#render/list/yaml.ts'

const json = fc.jsonValue({ depthSize: 'medium', stringUnit: 'binary' })

test.each(['1.2', '1.1'] as const)('what is written reads back the same as YAML %s', version => {
  fc.assert(
    fc.property(json, value => {
      const plain = JSON.parse(JSON.stringify(value)) as unknown
      expect(parse(yamlText(plain), { version })).toEqual(plain)
      expect(parse(yamlElement(plain), { version })).toEqual([plain])
    }),
    { numRuns: 500 },
  )
})

const tricky = fc
  .array(fc.constantFrom(...'aZ09_-./:=+@#\'"{}[],&*!|>%`~? \n\t\\nyeE'), { maxLength: 8 })
  .map(parts => parts.join(''))
const word = fc.constantFrom(
  'true',
  'No',
  'null',
  '~',
  '1e3',
  'E+0',
  '0x1F',
  '1:20',
  '2026-01-01',
  '.inf',
  '=',
  '<<',
  '-',
  '---',
  '1.2.3',
  '1_000',
  'y',
)

test.each(['1.2', '1.1'] as const)('texts that YAML would take for something else stay texts (%s)', version => {
  fc.assert(
    fc.property(fc.oneof(tricky, word), fc.oneof(tricky, word), (key, text) => {
      const value = { [key]: text, list: [text, { [text]: [] }] }
      expect(parse(yamlText(value), { version, merge: false })).toEqual(value)
    }),
    { numRuns: 2000 },
  )
})

test('the layout is the one people know', () => {
  expect(
    yamlText({ uid: 'Kubernetes//Pod/a/b', ips: ['10.0.0.1'], ports: { '80': 8080 }, none: [], deep: [[{ a: [] }]] }),
  ).toBe(
    ['uid: Kubernetes//Pod/a/b', 'ips:', '- 10.0.0.1', 'ports:', '  "80": 8080', 'none: []', 'deep:', '- - a: []'].join(
      '\n',
    ),
  )
})
