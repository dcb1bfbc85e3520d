import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { readSuites } from '#assertion/read.ts'
import { UserError } from '#errors.ts'
import { checkMesh } from '#pipeline/check-mesh.ts'
import { proposeTests } from '#pipeline/test-mesh.ts'
import { proposalYaml } from '#render/test/proposal.ts'

const vocabulary = { codes: ['rbac-no-allow', 'rbac-explicit-deny'], findings: ['AMB001'] }
const complaints = (text: string): readonly string[] => {
  try {
    readSuites(text, 'shop.yaml', vocabulary)
    return []
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    expect(error.kind).toBe('input')
    return error.details.length > 0 ? error.details : [error.message, ...error.next]
  }
}

const suite = (test: string) => `suite: s\ntests:\n- name: t\n  ${test.replaceAll('\n', '\n  ')}\n`

test.each([
  [
    'a member',
    suite('form: a/b\nto: c:1\nexpect: {verdict: delivered}'),
    'shop.yaml:4:3: suite.tests[0] has no member form; did you mean from?',
  ],
  [
    'a verdict',
    suite('from: a/b\nto: c:1\nexpect: {verdict: deliverd}'),
    'shop.yaml:6:21: suite.tests[0].expect.verdict cannot be deliverd; did you mean delivered?',
  ],
  ['a code', suite('from: a/b\nto: c:1\nexpect: {code: rbac-no-alow}'), 'did you mean rbac-no-allow?'],
  ['an invariant', suite('invariant: no-plain-into:shop'), 'shop.yaml:4:14'],
  ['a proxy', suite('from: a/b\nto: c:1\nexpect: {via: [ztunel]}'), 'did you mean ztunnel?'],
  ['a destination', suite('from: a/b\nto: "c:99999"\nexpect: {mtls: true}'), 'shop.yaml:5:7'],
  ['YAML', 'suite: [', 'shop.yaml:1:'],
  [
    'a day',
    `${suite('findings: error')}ignore:\n- {code: AMB001, reason: r, expires: soon}`,
    'shop.yaml:6:38: soon is no day',
  ],
  [
    'no reason',
    `${suite('findings: error')}ignore:\n- {code: AMB001, expires: 2027-01-01}`,
    'what is ignored needs a reason',
  ],
  [
    'a tab',
    'suite: s\ntests:\n\t- name: a\n',
    'shop.yaml:3:1: Tabs are not allowed as indentation; did you mean spaces?',
  ],
  ['a key that comes twice', 'suite: s\nsuite: t\n', 'shop.yaml:2:1: Map keys must be unique'],
  ['a quote that stays open', 'suite: "s\n', 'did you mean to close what was opened before?'],
  ['no text at all', '# nothing\n', 'shop.yaml is empty'],
  ['no test', 'suite: s\ntests: []\n', 'shop.yaml:2:8: suite.tests is empty'],
  ['no outcome', suite('from: a/b\nto: c:1\nexpect: {verdict: []}'), 'suite.tests[0].expect.verdict is empty'],
  ['a family', suite('from: a/b\nrequest: {url: "http://c", family: 5}\nexpect: {mtls: true}'), 'the family is 4 or 6'],
  ['a severity', suite('findings: error\nseverity: high'), 'shop.yaml:5:13: suite.tests[0].severity cannot be high'],
  ['two urls', suite('from: a/b\nto: c:1\nrequest: {url: "http://c"}\nexpect: {mtls: true}'), 'an url beside to'],
  ['members that contradict', suite('invariant: redirect-verified\nto: c:1'), 'shop.yaml:5:7: to means nothing beside'],
  [
    'a day that the calendar lacks',
    `${suite('findings: error')}ignore:\n- {code: AMB001, reason: r, expires: 2027-02-31}`,
    'shop.yaml:6:38: 2027-02-31 is no day',
  ],
  ['nothing expected', suite('from: a/b\nto: c:1\nexpect: {}'), 'nothing is expected'],
])('%s that is wrong is told with its line, column and what was meant', (_, text, complaint) => {
  expect(complaints(text).join('\n')).toContain(complaint)
})

test('everything that is wrong is told at once', () => {
  expect(complaints(suite('from: a/b\nto: c:1\nexpect: {verdict: x, mtls: 3, code: y}'))).toHaveLength(3)
  const many = complaints(suite('form: a/b\nrequest: {ulr: x, headers: [a]}\nexpect: {verdit: x}\nseverity: high'))
  for (const word of ['form', 'ulr', 'headers', 'verdit', 'high'])
    expect(many.filter(line => line.includes(word))).not.toEqual([])
  const lines = many.map(line => Number(line.split(':')[1]))
  expect(lines).toEqual(lines.toSorted((a, b) => a - b))
})

const schema = new Ajv2020({ allErrors: true }).compile(
  JSON.parse(readFileSync('schemas/assertions.schema.json', 'utf8')),
)
const documents = (text: string) => [...parseAllDocuments(text)].map(document => document.toJS() as unknown)

test('the published schema takes the example, the manual page and what init proposes, as the reader does', async () => {
  const proposed = [
    ...proposalYaml(await proposeTests({ kind: 'files', paths: ['fixtures/demo'] }, ['pay']), {
      colour: false,
      width: 80,
    }),
  ].join('\n')
  const page = /```\n([\s\S]*?)```/.exec(readFileSync('docs/man/test.md', 'utf8'))?.[1] ?? ''
  const known = { codes: ['rbac-no-allow', 'rbac-explicit-deny'], findings: ['AMB008', 'AMB051'] }
  for (const text of [readFileSync('fixtures/assertions/demo.yaml', 'utf8'), page]) readSuites(text, 'x', known)
  for (const text of [readFileSync('fixtures/assertions/demo.yaml', 'utf8'), page, proposed])
    for (const document of documents(text)) {
      schema(document)
      expect(schema.errors).toBeNull()
    }
})

test('what the schema refuses, the reader refuses', () => {
  for (const text of [
    suite('form: a'),
    suite('findings: errors'),
    suite('invariant: nothing'),
    'tests: 3',
    'tests: []',
  ])
    expect([schema(documents(text)[0]), complaints(text).length > 0]).toEqual([false, true])
})

test('no text makes the reader fail in another way', () => {
  const piece = fc.constantFrom(
    'suite',
    'tests',
    'name',
    ':',
    '\n',
    '- ',
    '{',
    '}',
    '[',
    ']',
    'from',
    'expect',
    'x',
    ' ',
    '"',
    '&a',
    '*a',
    '---\n',
  )
  fc.assert(fc.property(fc.array(piece, { maxLength: 30 }), pieces => void complaints(pieces.join(''))))
})

test('findings are there to be ignored', async () => {
  expect((await checkMesh(['fixtures/demo'])).some(({ code }) => code === 'AMB008')).toBe(true)
})
