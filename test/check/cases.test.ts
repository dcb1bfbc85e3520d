import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checks } from '#check/checks.ts'
import { severities } from '#check/finding.ts'
import { checkMesh } from '#pipeline/check-mesh.ts'

const root = 'fixtures/checks'
const folders = readdirSync(root).toSorted()
const worst = (found: readonly { readonly severity: (typeof severities)[number] }[]): number =>
  Math.min(severities.length, ...found.map(({ severity }) => severities.indexOf(severity)))

const findingsOf = async (code: string, name: string) =>
  (await checkMesh([join(root, code, name)])).filter(finding => finding.code === code)

const casesOf = (code: string, kind: RegExp): readonly string[] =>
  existsSync(join(root, code)) ? readdirSync(join(root, code)).filter(name => kind.test(name)) : []

test('codes are unique and in order', () => {
  const codes = checks.map(({ code }) => code)
  expect(codes).toEqual([...new Set(codes)].toSorted())
})

test('every check has a case that fires and a near miss in fixtures/checks/<code>', () => {
  const lacking = checks
    .map(({ code }) => code)
    .filter(code => casesOf(code, /^fires/).length === 0 || casesOf(code, /^near-miss/).length === 0)
  expect(lacking).toEqual([])
})

test('every folder of cases is of a check', () => {
  expect(folders.filter(folder => !checks.some(({ code }) => code === folder))).toEqual([])
})

describe.each(folders)('%s', code => {
  test.each(casesOf(code, /^fires/))('fires on %s, with evidence from its files', async name => {
    const found = await findingsOf(code, name)
    expect(found).not.toEqual([])
    for (const { evidence } of found)
      for (const { file } of evidence) {
        expect(file.startsWith(join(root, code, name))).toBe(true)
        expect(statSync(file).isFile()).toBe(true)
      }
  })

  /** A note is no alarm: where the case itself is worse, the near miss may be one. */
  test.each(casesOf(code, /^near-miss/))('is quiet on %s', async name => {
    const alarm = Math.max(
      ...(await Promise.all(casesOf(code, /^fires/).map(async one => worst(await findingsOf(code, one))))),
    )
    const found = await findingsOf(code, name)
    const isNote = found.every(({ severity }) => severity === 'info') && alarm < severities.indexOf('info')
    expect(isNote ? [] : found.map(({ says }) => says)).toEqual([])
  })
})
