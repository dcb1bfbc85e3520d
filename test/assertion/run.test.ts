import { writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { coverageOf, meet } from '#assertion/coverage.ts'
import { goldenChanges, goldenText, readGolden } from '#assertion/golden.ts'
import { matches } from '#assertion/pattern.ts'
import type { Moment } from '#model/moment.ts'
import { readMesh } from '#pipeline/read-mesh.ts'
import { proposeTests, type TestQuestion, testMesh } from '#pipeline/test-mesh.ts'
import { testRenderers } from '#render/test/index.ts'
import { proposalYaml } from '#render/test/proposal.ts'
import { assertionFile, run } from './files.ts'

const look = { colour: false, width: 80 }
const present: Moment = { at: new Date('2026-11-25T12:00:00Z'), from: 'asked' }
const one = async (test: string) => {
  const [result] = await run(`suite: s\ntests:\n- {name: t, ${test}}\n`)
  if (result === undefined) throw new Error('no result')
  return { outcome: result.outcome, says: [...result.contradicted, ...result.open].map(({ says }) => says) }
}

const cart = 'from: shop/deploy/web, to: "http://cart.shop/"'

test.each([
  ['verdict: delivered', 'passed'],
  ['verdict: rejected', 'failed'],
  ['verdict: [rejected, delivered]', 'passed'],
  ['via: [ztunnel, waypoint, ztunnel]', 'passed'],
  ['via: [ztunnel, "waypoint:shop/waypoint", ztunnel]', 'passed'],
  ['via: [ztunnel, ztunnel]', 'failed'],
  ['via: []', 'failed'],
  ['mtls: true', 'passed'],
  ['mtls: false', 'failed'],
  ['destination: shop/cart', 'passed'],
  ['destination: shop/web', 'failed'],
  ['never: [plaintext]', 'passed'],
  ['never: [waypoint]', 'failed'],
  ['code: rbac-no-allow', 'failed'],
  ['headers: {x-gone: null}', 'passed'],
  ['headers: {x-gone: here}', 'failed'],
  ['status: 200', 'unclear'],
  ['client: response', 'passed'],
  ['client: refused', 'failed'],
])('of a call through a waypoint, %s is %s', async (expectation, outcome) => {
  expect((await one(`${cart}, expect: {${expectation}}`)).outcome).toBe(outcome)
})

test('a failure tells the request, what was expected and what is', async () => {
  expect((await one(`${cart}, expect: {verdict: rejected}`)).says).toEqual([
    expect.stringMatching(/^shop\/web-\S+ → http:\/\/cart\.shop:80\/: verdict is delivered, not rejected$/),
  ])
})

test.each([
  ['{all: {namespace: blocked}}', 'rejected', 'passed'],
  ['{none: {namespace: blocked}}', 'delivered', 'passed'],
  ['{none: {namespace: blocked}}', 'rejected', 'failed'],
  ['{any: [shop/deploy/web, blocked/evil]}', 'delivered', 'passed'],
  ['[shop/deploy/web, blocked/evil]', 'delivered', 'failed'],
  ['{not: {namespace: blocked}}', 'rejected', 'failed'],
  ['{namespace: nobody}', 'delivered', 'failed'],
  ['"blocked/*"', 'rejected', 'passed'],
])('from %s, %s is %s', async (from, verdict, outcome) => {
  expect((await one(`from: ${from}, to: "http://ledger.pay/", expect: {verdict: ${verdict}}`)).outcome).toBe(outcome)
})

test('an answer that the evidence does not give is undetermined, neither passed nor failed', async () => {
  const outside = 'from: shop/deploy/web, to: "http://example.com/"'
  expect((await one(`${outside}, expect: {verdict: delivered}`)).outcome).toBe('unclear')
  expect((await one(`${outside}, expect: {verdict: rejected}`)).outcome).toBe('unclear')
  expect((await one(`${outside}, expect: {verdict: undetermined}`)).outcome).toBe('passed')
})

test('a code may be that of a finding along the path, or stand for every policy that refuses', async () => {
  const refused = 'from: legacy/old, to: "http://vault.pay:8081/"'
  expect((await one(`${refused}, expect: {code: [AMB011, AMB010]}`)).outcome).toBe('passed')
  expect((await one(`${refused}, expect: {code: rbac-deny}`)).outcome).toBe('passed')
  const stripped = 'from: shop/deploy/web, to: "http://l7only.pay/"'
  expect((await one(`${stripped}, expect: {code: AMB008}`)).outcome).toBe('passed')
  expect((await one(`${cart}, expect: {code: AMB005}`)).outcome).toBe('failed')
})

test('a suite names its snapshot from the folder of its file, unless another is given', async () => {
  const name = relative(join(assertionFile(''), '..'), 'fixtures/checks/AMB008/fires')
  const tests = `suite: s\ncapture: ${name}\ntests:\n- {name: t, findings: [AMB008]}\n`
  const live = { kind: 'cluster', cluster: {} } as TestQuestion['state']
  const { results, read } = await testMesh({ files: [assertionFile(tests)], state: live, present })
  expect(results.map(({ outcome }) => outcome)).toEqual(['failed'])
  expect(relative('', read[0] ?? '')).toBe('fixtures/checks/AMB008/fires')
  const [other] = await run(tests.replace('[AMB008]', '[AMB021]'))
  expect(other?.outcome).toBe('passed')
})

test.each([
  ['redirect-verified:shop', 'unclear', /the rules of 4 pods were not recorded: shop\//],
  ['divergence-free', 'unclear', /two ztunnel dumps/],
  ['no-plaintext-into:pay', 'failed', /arrives in plaintext/],
  ['no-waypoint-bypass:shop', 'failed', /is delivered without the waypoint/],
])('%s on the demo is %s, with an example', async (invariant, outcome, says) => {
  const result = await one(`invariant: "${invariant}"`)
  expect(result.outcome).toBe(outcome)
  expect(result.says[0]).toMatch(says)
})

test('what is ignored counts again the day after it expires', async () => {
  const text =
    'suite: s\ntests:\n- {name: t, findings: [AMB008]}\nignore:\n- {code: AMB008, reason: known, expires: 2027-01-31}\n'
  expect((await run(text, '2027-01-31T23:59:59Z')).map(({ outcome }) => outcome)).toEqual(['ignored'])
  expect((await run(text, '2027-02-01T00:00:00Z')).map(({ outcome }) => outcome)).toEqual(['failed'])
  const over = await run(text, '2027-02-01T00:00:00Z')
  expect(over[0]?.contradicted[0]?.expired).toEqual({ reason: 'known', expires: '2027-01-31' })
  const told = [...testRenderers.text({ results: over, failOn: 'error' }, look)].join('\n')
  expect(told).toContain('(no longer ignored since 2027-01-31 is over: known)')
})

test('what init proposes holds', async () => {
  const text = [
    ...proposalYaml(await proposeTests({ kind: 'files', paths: ['fixtures/demo'] }, ['pay', 'shop']), look),
  ].join('\n')
  const results = await run(text)
  expect(results.length).toBeGreaterThan(20)
  expect(
    results
      .filter(({ outcome }) => outcome !== 'passed')
      .map(({ name, contradicted, open }) => [name, contradicted[0]?.says, open[0]?.says]),
  ).toEqual([])
})

test('coverage counts what the requests met, and grows with them', async () => {
  const mesh = await readMesh(['fixtures/demo'])
  const { results } = await testMesh({
    files: ['fixtures/assertions/demo.yaml'],
    state: { kind: 'files', paths: ['fixtures/demo'] },
    present,
  })
  const met = new Set<string>()
  for (const trace of results.flatMap(({ traces }) => traces)) meet(trace, met)
  const [none, usual, everything] = [
    coverageOf(mesh, new Set(), false),
    coverageOf(mesh, met, false),
    coverageOf(mesh, met, true),
  ]
  expect(none.percent).toBe(0)
  expect(none.missing).toHaveLength(Object.values(none.kinds).reduce((sum, { total }) => sum + total, 0))
  for (const kind of ['policies', 'routes', 'chains', 'rules'] as const)
    expect(usual.kinds[kind].covered, kind).toBeGreaterThan(0)
  expect(usual.missing.some(({ name }) => name === 'inbound-vip|80|http|cart.shop.svc.cluster.local')).toBe(false)
  expect(everything.kinds.policies.total).toBe(2 * usual.kinds.policies.total)
})

test('golden traces are read as they were written, and a change of them fails', async () => {
  const file = assertionFile(`suite: s\ntests:\n- {name: t, ${cart}, expect: {verdict: delivered}}\n`)
  const question: TestQuestion = { files: [file], state: { kind: 'files', paths: ['fixtures/demo'] }, present }
  const [[path, sections] = ['', []]] = [...(await testMesh(question)).golden]
  expect(readGolden(goldenText(sections))).toEqual(sections)
  expect(goldenText(sections)).not.toMatch(/cwdkc|node1/)
  writeFileSync(path, goldenText(sections))
  expect((await testMesh(question)).results[0]?.outcome).toBe('passed')
  writeFileSync(path, goldenText(sections).replaceAll('waypoint shop/', 'waypoint other/'))
  const [changed] = (await testMesh(question)).results
  expect(changed?.outcome).toBe('failed')
  expect(changed?.contradicted[0]?.says).toMatch(/- .*waypoint other.*\+ .*waypoint shop/)
  expect(goldenChanges(['a', 'b'], ['b', 'a'])).toEqual(['~ the order of lines'])
})

test.each([
  ['a*', 'abc', true],
  ['*c', 'abc', true],
  ['a*c', 'ac', true],
  ['a*a', 'a', false],
  ['abc', 'abc', true],
  ['a.c', 'abc', false],
])('%s fits %s: %s', (pattern, text, fits) => expect(matches(pattern, text)).toBe(fits))
