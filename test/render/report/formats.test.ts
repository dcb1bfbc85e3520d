import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import fc from 'fast-check'
import { Parser } from 'tap-parser'
import { describe, expect, test } from 'vitest'
import type { Checked } from '#check/checked.ts'
import { checkMesh } from '#pipeline/check-mesh.ts'
import { checkRenderers } from '#render/check/index.ts'
import { lacks } from '../../machine.ts'

const look = { colour: false, width: Number.POSITIVE_INFINITY, now: new Date('2026-11-25T12:00:00Z') }
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

const cases = [
  ['the demo', demo],
  ['nothing', empty],
  ['hostile text', hostile(nasty)],
] as const

const validSarif = new Ajv({ strict: false, formats: { uri: true } }).compile(
  JSON.parse(readFileSync('test/render/report/sarif.schema.json', 'utf8')),
)

test.each(cases)('SARIF of %s is valid', (_, checked) => {
  validSarif(JSON.parse(text('sarif', checked)))
  expect(validSarif.errors).toBeNull()
})

test('SARIF refers each result to its rule, whose help is the text of explain', () => {
  const [run] = JSON.parse(text('sarif', demo)).runs
  expect(run.results).toHaveLength(demo.findings.length)
  for (const { ruleId, ruleIndex } of run.results) expect(run.tool.driver.rules[ruleIndex].id).toBe(ruleId)
  expect(run.tool.driver.rules[0].help.markdown).toContain(`ambientctl explain ${run.tool.driver.rules[0].id}`)
})

describe.skipIf(lacks('xmllint', 'to validate JUnit against the XSD'))('xmllint', () => {
  test.each(cases)('accepts the JUnit of %s', (_, checked) => {
    const { status, stderr } = spawnSync('xmllint', ['--noout', '--schema', 'test/render/report/junit.xsd', '-'], {
      input: text('junit', checked),
      encoding: 'utf8',
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '- validates\n' })
  })
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
  expect(complete).toMatchObject({ count: Math.max(1, checked.findings.length), failures: expect.any(Array) })
  const failed = checked.findings.filter(({ severity }) => severity === 'error' || checked.failOn === 'info')
  expect(complete).toMatchObject({ fail: failed.length, ok: failed.length === 0 })
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
  expect(page).toMatch(/<title>ambientctl check: 1 errors/)
  expect(page.match(/<main>/g)).toHaveLength(1)
  expect(page.match(/<h1>/g)).toHaveLength(1)
  expect(page).not.toMatch(/\b(src|href)=/)
  expect(page).not.toContain('<h3')
})
