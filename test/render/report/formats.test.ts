import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import fc from 'fast-check'
import { Parser } from 'tap-parser'
import { describe, expect, test } from 'vitest'
import type { Tested } from '#assertion/tested.ts'
import { type Checked, fails } from '#check/checked.ts'
import { checkMesh } from '#pipeline/check-mesh.ts'
import { testMesh } from '#pipeline/test-mesh.ts'
import { checkRenderers } from '#render/check/index.ts'
import { testRenderers } from '#render/test/index.ts'
import { assertionFile } from '../../assertion/files.ts'
import { lacks } from '../../machine.ts'

const look = { colour: false, width: Number.POSITIVE_INFINITY }
const text = (format: keyof typeof checkRenderers, checked: Checked) =>
  [...checkRenderers[format](checked, look)].map(line => `${line}\n`).join('')

const demo: Checked = { findings: await checkMesh(['fixtures/demo']), failOn: 'error' }
const empty: Checked = { findings: [], failOn: 'error' }

const nasty = '\u001b[31m</script><img src=x onerror=alert(1)> # ]]> "\'&%\r\n::error:: | `a` @all \u202e\u0000'
const hostile = (words: string): Checked => ({
  failOn: 'info',
  findings: [
    {
      code: 'AMB001',
      title: words,
      severity: 'error',
      confidence: 'certain',
      objects: [{ kind: words, namespace: words, name: words }],
      says: words,
      causes: words,
      fix: words,
      evidence: [{ from: 'rule', file: words, line: 3, text: words, value: words }],
    },
  ],
})

const [known, ...others] = demo.findings
if (known === undefined) throw new Error('the demo has findings')
const ignoring: Checked = {
  findings: others,
  ignored: [{ finding: known, reason: 'it shows what happens', expires: '2099-12-31' }],
  failOn: 'warning',
}

const cases = [
  ['the demo', demo],
  ['a mesh with ignored findings', ignoring],
  ['nothing', empty],
  ['hostile text', hostile(nasty)],
] as const

/** Every outcome that a test can have. */
const tested: Tested = {
  ...(await testMesh({
    files: [
      assertionFile(`suite: s
tests:
- {name: holds, from: shop/deploy/web, to: "http://cart.shop/", expect: {verdict: delivered}}
- {name: 'fails "<&]]>', from: shop/deploy/web, to: "http://cart.shop/", expect: {verdict: rejected}}
- {name: is told, severity: info, invariant: "no-plaintext-into:pay"}
- {name: is open, invariant: redirect-verified}
- {name: is known, findings: [AMB008]}
- {name: is known no longer, findings: [AMB015]}
- {name: names nothing, from: shop/deploy/nobody, to: "http://cart.shop/", expect: {mtls: true}}
ignore:
- {code: AMB008, reason: on purpose, expires: 2099-12-31}
- {code: AMB015, reason: for a while, expires: 2020-01-31}
`),
    ],
    state: { kind: 'files', paths: ['fixtures/demo'] },
    present: { at: new Date('2026-11-25T12:00:00Z'), from: 'asked' },
  })),
  failOn: 'warning',
}

/** What both commands give to a format. */
const rendered = [
  ...cases.map(([name, checked]) => [name, (format: Format) => text(format, checked)] as const),
  [
    'assertions',
    (format: Format) => [...testRenderers[format](tested, look)].map(line => `${line}\n`).join(''),
  ] as const,
]
type Format = 'sarif' | 'junit' | 'tap'

const isUri = (value: string): boolean => /^[\w+.-]+:[^\s<>"{}|\\^`]*$/.test(value)
const formats = {
  uri: isUri,
  'uri-reference': (value: string) => isUri(value) || /^[^\s:<>"{}|\\^`]*$/.test(value),
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
}

/** The official schema is of draft 4, which names itself otherwise and means the same by all that it uses. */
const officialSarif = (): object => {
  const { $schema, id, ...schema } = JSON.parse(readFileSync('fixtures/schemas/sarif-2.1.0.json', 'utf8'))
  return schema
}
const sarifSchemas = [
  ['the schema of OASIS', officialSarif()],
  ['our narrower one', JSON.parse(readFileSync('test/render/report/sarif.schema.json', 'utf8'))],
] as const

describe.each(sarifSchemas)('by %s', (_, schema) => {
  const valid = new Ajv({ strict: false, formats }).compile(schema)
  test.each(rendered)('SARIF of %s is valid', (__, render) => {
    valid(JSON.parse(render('sarif')))
    expect(valid.errors).toBeNull()
  })
})

test('SARIF refers each result to its rule, whose help is the text of explain', () => {
  const [run] = JSON.parse(text('sarif', demo)).runs
  expect(run.results).toHaveLength(demo.findings.length)
  for (const { ruleId, ruleIndex } of run.results) expect(run.tool.driver.rules[ruleIndex].id).toBe(ruleId)
  expect(run.tool.driver.rules[0].help.markdown).toContain(`ambientctl explain ${run.tool.driver.rules[0].id}`)
})

describe.skipIf(lacks('xmllint', 'to validate JUnit against the XSD'))('xmllint', () => {
  const schemas = ['junit-ant', 'junit-jenkins']
  test.each(schemas.flatMap(schema => rendered.map(([name, render]) => [schema, name, render] as const)))(
    'accepts by %s the JUnit of %s',
    (schema, _, render) => {
      const { status, stderr } = spawnSync('xmllint', ['--noout', '--schema', `fixtures/schemas/${schema}.xsd`, '-'], {
        input: render('junit'),
        encoding: 'utf8',
      })
      expect({ status, stderr }).toEqual({ status: 0, stderr: '- validates\n' })
    },
  )
})

test('JUnit fails exactly what the threshold fails', () => {
  const failures = (failOn: Checked['failOn']) => text('junit', { ...demo, failOn }).match(/<failure /g)?.length ?? 0
  expect(failures('never')).toBe(0)
  expect(failures('error')).toBe(demo.findings.filter(({ severity }) => severity === 'error').length)
  expect(failures('info')).toBe(demo.findings.length)
})

test.each(cases)('a TAP parser reads %s', (_, checked) => {
  const parsed = Parser.parse(text('tap', checked), { strict: true })
  expect(parsed.filter(([kind]) => kind === 'extra')).toEqual([])
  const complete = parsed.find(([kind]) => kind === 'complete')?.[1]
  expect(complete).toMatchObject({
    count: Math.max(1, checked.findings.length) + (checked.ignored?.length ?? 0),
    failures: expect.any(Array),
  })
  const failed = checked.findings.filter(finding => fails(finding, checked.failOn))
  expect(complete).toMatchObject({ fail: failed.length, ok: failed.length === 0 })
})

test('a TAP parser reads assertions: what is open or known is skipped', () => {
  const [, complete] =
    Parser.parse([...testRenderers.tap(tested, look)].join('\n'), { strict: true }).find(
      ([kind]) => kind === 'complete',
    ) ?? []
  expect(complete).toMatchObject({ count: 7, fail: 3, skip: 2, ok: false })
})

test('an expired ignore is told in every report', () => {
  for (const format of ['text', 'junit', 'sarif', 'tap', 'github', 'markdown', 'html', 'json'] as const)
    expect([...testRenderers[format](tested, look)].join('\n'), format).toMatch(
      format === 'json' ? /"expires": "2020-01-31"/ : /2020-01-31 is over: for a while|2020\\-01/,
    )
})

test('an annotation is one line, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), words => {
      const [line, ...more] = [...checkRenderers.github(hostile(words), look)]
      expect(more).toEqual([])
      expect(line).toMatch(/^::error [^\r\n]*$/)
    }),
  )
})

test('the Code Quality report names path, line, severity and a fingerprint of its own for each', () => {
  const issues = JSON.parse(text('gitlab', demo)) as { fingerprint: string; location: unknown; severity: string }[]
  expect(new Set(issues.map(({ fingerprint }) => fingerprint)).size).toBe(issues.length)
  expect(issues[0]).toMatchObject({
    check_name: 'AMB008',
    severity: 'major',
    location: { path: 'fixtures/demo/kubernetes/authorizationpolicies.json', lines: { begin: 1 } },
  })
})

test('Markdown and HTML let no markup of the input through', () => {
  const words = '<img src=x onerror=alert(1)> [a](javascript:b) | **b** @all'
  expect(text('html', hostile(words))).not.toMatch(/<img|<script/)
  expect(text('markdown', hostile(words))).not.toMatch(/<img|[^\\]\[a|\|\s\*\*b|@all/)
})

test('the page has a language, a title, one main part, headings in order, and loads nothing', () => {
  const page = text('html', demo)
  expect(page).toContain('<html lang="en">')
  expect(page).toMatch(/<title>ambientctl check: 1 error,/)
  expect(page.match(/<main>/g)).toHaveLength(1)
  expect(page.match(/<h1>/g)).toHaveLength(1)
  expect(page).not.toMatch(/\b(src|href)=/)
  expect(page).not.toContain('<h3')
})
