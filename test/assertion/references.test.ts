import { expect, test } from 'vitest'
import type { Moment } from '#model/moment.ts'
import { testMesh } from '#pipeline/test-mesh.ts'
import { assertionFile } from './files.ts'

const present: Moment = { at: new Date('2026-11-25T12:00:00Z'), from: 'asked' }

const outcomesOf = async (...tests: readonly string[]) => {
  const file = assertionFile(`suite: s\ntests:\n${tests.map(one => `- {name: t, ${one}}\n`).join('')}`)
  const { results } = await testMesh({ files: [file], state: { kind: 'files', paths: ['fixtures/demo'] }, present })
  return results.map(({ outcome, contradicted, open }) => [outcome, [...contradicted, ...open][0]?.says ?? ''])
}

test.each([
  [
    'from: shop/deploy/wep, to: "http://cart.shop/", expect: {verdict: rejected}',
    /:3:\d+: no pod or.*did you mean shop\/web\?/,
  ],
  ['invariant: "no-plaintext-into:shp"', /the mesh has no namespace shp; did you mean shop\?/],
  ['from: {not: {namespace: shp}}, to: "http://cart.shop/", expect: {mtls: true}', /no namespace shp/],
  [
    'from: shop/deploy/web, to: "http://cart.shop/", expect: {never: ["waypoint:shop/waypiont"]}',
    /no waypoint shop\/waypiont; did you mean shop\/waypoint\?/,
  ],
])('%s fails for the name that the mesh does not have', async (text, says) => {
  expect(await outcomesOf(text)).toEqual([['failed', expect.stringMatching(says)]])
})

test('a service that does not exist is refused to nobody: the assertion does not pass', async () => {
  const [[outcome, says] = []] = await outcomesOf(
    'from: shop/deploy/web, to: "http://crt.shop.svc.cluster.local/", expect: {verdict: rejected}',
  )
  expect(outcome).not.toBe('passed')
  expect(says).toBe(
    'the mesh has no service or host crt.shop.svc.cluster.local; did you mean cart.shop.svc.cluster.local?',
  )
})

test('one that names what is not there keeps no other from being held', async () => {
  const results = await outcomesOf(
    'from: shop/deploy/nobody, to: "http://cart.shop/", expect: {verdict: delivered}',
    'from: shop/deploy/web, to: "http://cart.shop/", expect: {verdict: delivered}',
  )
  expect(results.map(([outcome]) => outcome)).toEqual(['failed', 'passed'])
})
