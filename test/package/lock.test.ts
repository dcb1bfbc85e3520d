import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const check = (...args: string[]) => spawnSync(process.execPath, ['tools/lock.mjs', ...args], { encoding: 'utf8' })

test('every locked package runs on the oldest Node that we promise', () => {
  expect(check()).toMatchObject({ status: 0, stderr: '' })
})

test.each([
  ['an engine that refuses it', { a: { version: '1.0.0', engines: { node: '>=22' } } }, 'a 1.0.0 wants Node >=22'],
  ['a fetch that crashes on it', { undici: { version: '8.0.1' } }, 'undici 8.0.1'],
  ['an install script', { a: { version: '1.0.0', hasInstallScript: true } }, 'a 1.0.0 runs a script'],
])('%s is an error', (_, packages, complaint) => {
  const folder = mkdtempSync(join(tmpdir(), 'ambientctl-lock-'))
  const file = join(folder, 'lock.json')
  const entries = Object.entries(packages).map(([name, entry]) => [`node_modules/${name}`, entry])
  writeFileSync(file, JSON.stringify({ packages: Object.fromEntries(entries) }))
  const { status, stderr } = check(file)
  rmSync(folder, { recursive: true })
  expect(status).toBe(1)
  expect(stderr).toContain(complaint)
})
