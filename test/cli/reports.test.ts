import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { ambientctl } from './ambientctl.ts'

const folder = mkdtempSync(join(tmpdir(), 'ambientctl-reports-'))
afterAll(() => rmSync(folder, { recursive: true }))
const check = (...args: string[]) => ambientctl(['check', '--snapshot', 'fixtures/demo', ...args])

test('several reports are written beside what is printed', async () => {
  const reports = ['sarif', 'junit', 'html'].flatMap(format => ['--report', `${format}=${folder}/deep/${format}.out`])
  const { code, out } = await check('-o', 'json', ...reports)
  expect(code).toBe(2)
  expect(JSON.parse(out).kind).toBe('Check')
  expect(JSON.parse(readFileSync(`${folder}/deep/sarif.out`, 'utf8')).version).toBe('2.1.0')
  expect(readFileSync(`${folder}/deep/junit.out`, 'utf8')).toContain('<testsuites')
  expect(readFileSync(`${folder}/deep/html.out`, 'utf8')).toContain('<!doctype html>')
})

test.each([
  ['sraif=x', 'did you mean sarif=x?'],
  ['junit', 'formats: '],
])('--report %s says what is wrong before anything is read', async (value, next) => {
  const { code, err } = await ambientctl(['check', '--snapshot', '/nowhere', '--report', value])
  expect(code).toBe(64)
  expect(err).toContain(next)
})

test.each([
  ['--fail-on=never', 0],
  ['--fail-on=error', 2],
  ['--istioctl-exit-codes', 79],
])('%s exits with %i', async (flag, code) => {
  expect((await check(flag)).code).toBe(code)
})

test('a baseline leaves out what was known', async () => {
  const file = join(folder, 'baseline.json')
  await check('--report', `json=${file}`)
  const { code, out } = await check('--baseline', file)
  expect({ code, out }).toEqual({ code: 0, out: 'nothing found\n' })
  expect((await check('--baseline', 'package.json')).code).toBe(65)
})

test('what a file ignores does not count until its day is over, and is told as ignored', async () => {
  const file = join(folder, 'known.yaml')
  const ignores = (expires: string) =>
    writeFileSync(
      file,
      `apiVersion: ambientctl/v1\nignore:\n- {code: AMB008, object: AuthorizationPolicy/pay/*, reason: on purpose, expires: ${expires}}\n`,
    )
  ignores('2099-12-31')
  const known = await check('--ignore', file)
  expect(known.code).toBe(0)
  expect(known.out).toContain('AuthorizationPolicy pay/l7only-allow-path: ignored until 2099-12-31: on purpose')
  const { out } = await check('--ignore', file, '-o', 'json')
  expect(JSON.parse(out).ignored).toMatchObject([{ code: 'AMB008', reason: 'on purpose', expires: '2099-12-31' }])
  expect((await check('--ignore', file, '-o', 'junit')).out).toMatch(/<skipped message="[^"]*on purpose/)
  ignores('2020-01-01')
  const over = await check('--ignore', file)
  expect(over.code).toBe(2)
  expect(over.err).toContain('known.yaml:3:3: no longer ignored since 2020-01-01 is over (on purpose): AMB008')
})

test('in GitHub Actions annotations and the step summary come by themselves', async () => {
  const summary = join(folder, 'summary.md')
  const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary }
  const { out, err } = await ambientctl(['check', '--snapshot', 'fixtures/demo', '-o', 'json'], { env })
  expect(JSON.parse(out).kind).toBe('Check')
  expect(err).toMatch(/^::error file=fixtures\/demo\/kubernetes\/authorizationpolicies\.json,title=AMB008/)
  expect(readFileSync(summary, 'utf8')).toContain('## ambientctl check')
})
