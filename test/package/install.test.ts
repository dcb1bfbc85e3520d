import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { publint } from 'publint'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ambientctl, everyCommand, everyExample, type Place, shell } from '../cli/ambientctl.ts'

const folder = mkdtempSync(join(tmpdir(), 'ambientctl-install-'))
const npm = (args: readonly string[], cwd: string) =>
  execFileSync('npm', [...args, '--no-audit', '--no-fund', '--no-update-notifier'], {
    cwd,
    encoding: 'utf8',
    stdio: 'pipe',
  })
const installed = join(folder, 'node_modules/ambientctl')
const place: Place = { cwd: folder, bin: join(folder, 'node_modules/.bin/ambientctl') }
let tarball = ''

beforeAll(() => {
  // The bundle was built before the tests; building it once more would pull it from under the others.
  npm(['pack', '--ignore-scripts', '--pack-destination', folder], '.')
  tarball = join(folder, readdirSync(folder).find(file => file.endsWith('.tgz')) ?? '')
  npm(['install', '--offline', tarball], folder)
  symlinkSync(resolve('fixtures'), join(folder, 'fixtures'))
}, 120_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the tarball is small, has what a user needs, and nothing else', () => {
  expect(statSync(tarball).size).toBeLessThan(4_000_000)
  const files = readdirSync(installed, { recursive: true }) as string[]
  expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'man/ambientctl.1', 'dist/LICENSES.txt']))
  expect(files.filter(file => /\.(map|ts)$|(^|\/)meta\.json$|^(src|test|fixtures)\b/.test(file))).toEqual([])
})

test('installing runs no script and brings no other package', () => {
  const { scripts = {}, dependencies = {} } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
    readonly scripts?: Readonly<Record<string, string>>
    readonly dependencies?: Readonly<Record<string, string>>
  }
  expect(['preinstall', 'install', 'postinstall', 'prepare'].filter(name => name in scripts)).toEqual([])
  expect(dependencies).toEqual({})
  expect(readdirSync(join(folder, 'node_modules')).filter(name => !name.startsWith('.'))).toEqual(['ambientctl'])
})

test('kubectl finds it as a plugin', async () => {
  const bin = join(folder, 'node_modules/.bin/kubectl-ambientctl')
  expect(await ambientctl(['--version'], { ...place, bin })).toMatchObject({ code: 0, out: /^ambientctl\// })
})

test.each(everyCommand())('%s runs from the installed package', async command => {
  expect(await ambientctl([...command.split(' '), '--help'], place)).toMatchObject({ code: 0, err: '' })
})

test.each(everyExample())('$example runs from the installed package', ({ example }) => {
  expect(shell(example, place)).toMatchObject({ code: 0, err: '' })
})

test('the package is as npm and Node expect it', async () => {
  expect((await publint({ pkgDir: installed, strict: true })).messages).toEqual([])
})

test('a global installation brings the manual page of every command', () => {
  npm(['install', '--global', '--offline', '--prefix', join(folder, 'global'), tarball], folder)
  const pages = readdirSync(join(folder, 'global/share/man/man1'))
  const needed = everyCommand().map(command => `ambientctl-${command.replaceAll(' ', '-')}.1`)
  expect(pages.sort()).toEqual(['ambientctl.1', ...needed].sort())
})
