import { appendFileSync, cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { ambientctl, start } from './ambientctl.ts'

const folder = mkdtempSync(join(tmpdir(), 'ambientctl-test-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = (name: string, tests: string) => {
  const path = join(folder, name)
  writeFileSync(path, `suite: s\ntests:\n${tests}\n`)
  return path
}
const run = (...args: string[]) => ambientctl(['test', ...args, '--snapshot', 'fixtures/demo'])

const wrong = file(
  'wrong.yaml',
  '- {name: wrong, from: shop/deploy/web, to: "http://cart.shop/", expect: {verdict: rejected}}',
)
const open = file(
  'open.yaml',
  '- {name: open, from: shop/deploy/web, to: "http://example.com/", expect: {verdict: delivered}}',
)
const mild = file(
  'mild.yaml',
  '- {name: mild, severity: warning, from: shop/deploy/web, to: "http://cart.shop/", expect: {mtls: false}}',
)

test.each([
  [[wrong], 2],
  [[wrong, '--istioctl-exit-codes'], 79],
  [[wrong, '--fail-on', 'never'], 0],
  [[mild], 0],
  [[mild, '--fail-on', 'warning'], 2],
  [[open], 0],
  [[open, '--strict'], 4],
  [[open, wrong, '--strict'], 2],
  [[mild, '--fail-under', '99'], 2],
  [[mild, '--fail-under', '0'], 0],
  [[join(folder, 'none.yaml')], 65],
])('%j exits with %i', async (args, code) => {
  expect((await run(...args)).code).toBe(code)
})

test('a broken file is told with line, column and what was meant', async () => {
  const { code, err } = await run(file('broken.yaml', '- {name: t, form: x}'))
  expect(code).toBe(65)
  expect(err).toMatch(/broken\.yaml:3:13: suite\.tests\[0\] has no member form; did you mean from\?/)
})

test('a baseline lets known failures pass', async () => {
  const baseline = join(folder, 'known.json')
  await run(wrong, '--report', `json=${baseline}`)
  expect((await run(wrong, '--baseline', baseline)).code).toBe(0)
  expect((await run(mild, '--fail-on', 'warning', '--baseline', baseline)).code).toBe(2)
})

test('--update writes golden traces, and a change of them fails later', async () => {
  const path = join(folder, 'golden.yaml')
  cpSync('fixtures/assertions/demo.yaml', path)
  expect((await run(path, '--update')).code).toBe(0)
  expect(readFileSync(`${path}.golden`, 'utf8')).toContain('## shop / web reads the cart through its waypoint\n')
  expect((await run(path)).code).toBe(0)
  writeFileSync(`${path}.golden`, readFileSync(`${path}.golden`, 'utf8').replaceAll('delivered', 'eaten'))
  expect((await run(path)).code).toBe(2)
})

test('--watch runs again when a file changes, until it is interrupted', async () => {
  const path = file(
    'watched.yaml',
    '- {name: first, from: shop/deploy/web, to: "http://cart.shop/", expect: {verdict: delivered}}',
  )
  const child = start(['test', path, '--watch', '--snapshot', 'fixtures/demo'])
  let out = ''
  child.stdout.on('data', piece => (out += piece))
  child.stderr.on('data', piece => (out += piece))
  const seen = async (text: string) => {
    for (let tries = 0; tries < 100 && !out.includes(text); tries++) await setTimeout(100)
    expect(out).toContain(text)
  }
  await seen('1 passed')
  appendFileSync(path, '- {name: second, from: shop/deploy/web, to: "http://cart.shop/", expect: {mtls: true}}\n')
  await seen('2 passed')
  writeFileSync(path, 'suite: s\ntests:\n- {name: t, form: x}\n')
  await seen('did you mean from?')
  rmSync(path)
  await seen('there is no file')
  writeFileSync(`${path}.new`, 'suite: s\ntests:\n- {name: third, findings: [AMB021]}\n')
  renameSync(`${path}.new`, path)
  await seen('third')
  const ended = new Promise(resolve => child.on('close', resolve))
  child.kill('SIGINT')
  expect(await ended).toBe(130)
})
