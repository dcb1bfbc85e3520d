import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { checks } from '#check/checks.ts'
import { catalogue, entryOf } from '#explain/catalogue.ts'
import { errorTexts } from '#explain/ztunnel-texts.ts'
import { readCommands } from '../../tools/docs/manifest.ts'

const codes = catalogue.map(({ code }) => code)

test('every code stands in the catalogue once', () => {
  expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([])
})

test('every check is explained with its own texts', () => {
  for (const { code, title, means, fix } of checks)
    expect(entryOf(code), code).toMatchObject({ kind: 'finding', title, means, fix, checked: true })
})

test('every file of a rule is registered', () => {
  const files = readdirSync('src/check/rules').flatMap(file => /^amb\d+/.exec(file) ?? [])
  expect(checks.map(({ code }) => code.toLowerCase()).toSorted()).toEqual(files.toSorted())
})

test('AMB001 to AMB052 are all explained', () => {
  const wanted = Array.from({ length: 52 }, (_, index) => `AMB${String(index + 1).padStart(3, '0')}`)
  expect(wanted.filter(code => entryOf(code) === undefined)).toEqual([])
})

test('codes that others refer to exist', () => {
  const named = [...catalogue.flatMap(({ see }) => see), ...errorTexts.flatMap(({ see }) => see)]
  expect(named.filter(code => entryOf(code) === undefined)).toEqual([])
})

test('every text says something, and the commands that it names exist', () => {
  const commands = readCommands().map(({ name }) => name)
  for (const { code, title, means, next } of catalogue) {
    expect(title.length * means.length, code).toBeGreaterThan(0)
    for (const line of next.filter(text => text.startsWith('ambientctl ')))
      expect(
        commands.some(name => `${line} `.startsWith(`ambientctl ${name} `)),
        line,
      ).toBe(true)
  }
})

test('docs/codes.md and the manual page have the same list', () => {
  const headings = [...readFileSync('docs/codes.md', 'utf8').matchAll(/^### (\S+)$/gm)].map(([, code]) => code)
  expect(headings).toEqual(codes)
  const terms = [...readFileSync('man/ambientctl-explain.1', 'utf8').matchAll(/^\.It Li (?:\\&)?(\S+)$/gm)]
  expect(terms.map(([, code]) => code)).toEqual(expect.arrayContaining(codes))
})

/** Places where a reader of the sources meets a code as text: what the trace refuses with, and what Envoy flags. */
test('every response flag that the waypoint engine prints is explained', () => {
  const files = (readdirSync('src/waypoint', { recursive: true }) as string[]).filter(file => file.endsWith('.ts'))
  const flags = files.flatMap(file =>
    [...readFileSync(`src/waypoint/${file}`, 'utf8').matchAll(/(?:flags?: \[?|\.\.\.flags, )'([A-Z]{2,5})'/g)].map(
      ([, flag = '']) => flag,
    ),
  )
  expect(flags.length).toBeGreaterThan(5)
  expect(flags.filter(flag => entryOf(flag)?.kind !== 'flag')).toEqual([])
})
