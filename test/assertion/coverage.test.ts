import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { Moment } from '#model/moment.ts'
import { testMesh } from '#pipeline/test-mesh.ts'
import { testRenderers } from '#render/test/index.ts'
import { assertionFile } from './files.ts'

const folder = mkdtempSync(join(tmpdir(), 'ambientctl-coverage-'))
afterAll(() => rmSync(folder, { recursive: true }))
const present: Moment = { at: new Date('2026-11-25T12:00:00Z'), from: 'asked' }

const cover = async (snapshot: string, coverage: 'usual' | 'everything') => {
  const tests = '- {name: t, from: shop/deploy/web, to: "http://cart.shop/", expect: {verdict: delivered}}'
  const { results, ...answer } = await testMesh({
    files: [assertionFile(`suite: s\ntests:\n${tests}\n`)],
    state: { kind: 'files', paths: [snapshot] },
    present,
    coverage,
  })
  if (answer.coverage === undefined) throw new Error('coverage was asked for')
  const text = [
    ...testRenderers.text({ results, failOn: 'error', coverage: answer.coverage }, { colour: false, width: 80 }),
  ]
  return { ...answer.coverage, text: text.join('\n') }
}

/** The demo whose client has rules of native nft. */
const withNft = (): string => {
  const copy = join(folder, 'nft')
  cpSync('fixtures/demo', copy, { recursive: true })
  const [pod = ''] = readdirSync(`${copy}/netns/shop`)
  const netns = `${copy}/netns/shop/${pod}`
  for (const name of ['iptables-save.txt', 'ip6tables-save.txt']) rmSync(`${netns}/${name}`)
  cpSync('fixtures/recorded/redirection/nft-inpod-default-v4/nft-ruleset.txt', `${netns}/nft-ruleset.txt`)
  return copy
}

test('rules of native nft count, and those that were hit are covered', async () => {
  const { missing, text } = await cover(withNft(), 'usual')
  const nft = missing.filter(({ name }) => name.startsWith('nft ')).map(({ name }) => name)
  expect(nft).toContainEqual(expect.stringContaining('redirect to :15006'))
  expect(nft).not.toContainEqual(expect.stringContaining('redirect to :15001'))
  expect(text).toContain('not covered: rules nft nat istio-prerouting #1')
})

test('with everything each policy, route, chain and deciding rule counts twice', async () => {
  const usual = await cover('fixtures/demo', 'usual')
  const everything = await cover('fixtures/demo', 'everything')
  for (const kind of ['policies', 'routes', 'chains'] as const) {
    expect(everything.kinds[kind].total, kind).toBe(2 * usual.kinds[kind].total)
    expect(everything.kinds[kind].covered, kind).toBeGreaterThan(0)
  }
  for (const kind of ['routes', 'chains'] as const)
    expect(everything.kinds[kind].covered, kind).toBe(2 * usual.kinds[kind].covered)
  const { rules } = everything.kinds
  expect(rules.total).toBeGreaterThan(usual.kinds.rules.total)
  expect(rules.total).toBeLessThan(2 * usual.kinds.rules.total)
})
