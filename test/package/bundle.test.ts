import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

interface Output {
  readonly bytes: number
  readonly imports: readonly { readonly path: string; readonly kind: string; readonly external?: boolean }[]
}

const { inputs, outputs } = JSON.parse(readFileSync('dist/meta.json', 'utf8')) as {
  readonly inputs: Readonly<Record<string, unknown>>
  readonly outputs: Readonly<Record<string, Output>>
}

/** The files that are read before anything can run: an entry and what it imports, without `import()`. */
const filesBefore = (entry: string, seen = new Set<string>()): ReadonlySet<string> => {
  if (seen.has(entry)) return seen
  seen.add(entry)
  for (const { path, kind, external } of outputs[entry]?.imports ?? [])
    if (kind === 'import-statement' && external !== true) filesBefore(path, seen)
  return seen
}

const bytesBefore = (entry: string): number =>
  [...filesBefore(entry)].reduce((sum, file) => sum + statSync(file).size, 0)

test.each([
  ['dist/cli/main.js', 7_000],
  ['dist/hooks/command-not-found.js', 400_000],
  ['dist/commands/dump/ztunnel/workloads.js', 400_000],
])('%s loads at most %i bytes', (entry, bytes) => {
  expect(bytesBefore(entry)).toBeGreaterThan(0)
  expect(bytesBefore(entry)).toBeLessThan(bytes)
})

test('a table of a ztunnel is in few files, each of which Node would look up', () => {
  expect(filesBefore('dist/commands/dump/ztunnel/workloads.js').size).toBeLessThan(16)
})

test('no chunk has swallowed a compiler, and no command loads the Kubernetes client before it needs it', () => {
  const packages = new Set(Object.keys(inputs).map(file => file.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1]))
  expect(packages).toContain('@oclif/core')
  expect([...packages].filter(name => ['typescript', 'ts-node', 'tsx', 'esbuild'].includes(name ?? ''))).toEqual([])
  for (const [file, { bytes }] of Object.entries(outputs))
    if (file.endsWith('.js')) expect(bytes, file).toBeLessThan(4_000_000)
  for (const entry of Object.keys(outputs).filter(file => /^dist\/commands\/.*\.js$/.test(file)))
    expect(bytesBefore(entry), entry).toBeLessThan(1_000_000)
})

test('what draws boxes is loaded when the first one is drawn', () => {
  const chunks = Object.keys(outputs).filter(file => /chunks\/cli-table3-.*\.js$/.test(file))
  expect(chunks).toHaveLength(1)
  const importers = Object.values(outputs).flatMap(({ imports }) => imports.filter(({ path }) => path === chunks[0]))
  expect(new Set(importers.map(({ kind }) => kind))).toEqual(new Set(['dynamic-import']))
})

test('the manifest knows every command file', () => {
  const { commands } = JSON.parse(readFileSync('oclif.manifest.json', 'utf8')) as {
    readonly commands: Readonly<Record<string, unknown>>
  }
  const files = (readdirSync('src/commands', { recursive: true }) as string[]).filter(file =>
    statSync(join('src/commands', file)).isFile(),
  )
  const ids = files.map(file => file.replace(/(\/index)?\.ts$/, '').replaceAll('/', ':'))
  expect(Object.keys(commands).sort()).toEqual(ids.sort())
})
