import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from 'vitest'

interface Cruise {
  readonly modules: readonly { readonly source: string }[]
  readonly summary: {
    readonly violations: readonly { readonly rule: { readonly name: string }; readonly from: string }[]
    readonly ruleSetUsed: { readonly forbidden: readonly { readonly name: string }[] }
  }
}

const cruise = (folder: string): Cruise => {
  const depcruise = resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs')
  const args = [depcruise, '--config', '.dependency-cruiser.mjs', '--output-type', 'json', 'src']
  const { stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 28 })
  return JSON.parse(stdout) as Cruise
}

/** One violation of each rule, as a file and what it imports. */
const violations: Readonly<Record<string, readonly [file: string, imported: string]>> = {
  'commands-stays-in-its-room': ['src/commands/planted.ts', '#collect/a.ts'],
  'hooks-stays-in-its-room': ['src/hooks/planted.ts', '#pipeline/a.ts'],
  'pipeline-stays-in-its-room': ['src/pipeline/planted.ts', '#cli/a.ts'],
  'cli-stays-in-its-room': ['src/cli/planted.ts', '#trace/a.ts'],
  'collect-stays-in-its-room': ['src/collect/planted.ts', '#trace/a.ts'],
  'decode-stays-in-its-room': ['src/decode/planted.ts', '#collect/a.ts'],
  'model-stays-in-its-room': ['src/model/planted.ts', '#decode/a.ts'],
  'reason-stays-in-its-room': ['src/reason/planted.ts', '#ztunnel/a.ts'],
  'redirection-stays-in-its-room': ['src/redirection/planted.ts', '#ztunnel/a.ts'],
  'ztunnel-stays-in-its-room': ['src/ztunnel/planted.ts', '#waypoint/a.ts'],
  'waypoint-stays-in-its-room': ['src/waypoint/planted.ts', '#ztunnel/a.ts'],
  'trace-stays-in-its-room': ['src/trace/planted.ts', '#render/a.ts'],
  'check-stays-in-its-room': ['src/check/planted.ts', '#render/a.ts'],
  'explain-stays-in-its-room': ['src/explain/planted.ts', '#render/a.ts'],
  'assertion-stays-in-its-room': ['src/assertion/planted.ts', '#check/a.ts'],
  'dump-stays-in-its-room': ['src/dump/planted.ts', '#render/a.ts'],
  'render-stays-in-its-room': ['src/render/planted.ts', '#decode/a.ts'],
  'nobody-imports-commands': ['src/cli/planted-command.ts', '#commands/a.ts'],
  'files-only-in-collect-and-cli': ['src/trace/planted-file.ts', 'node:fs'],
  'kubernetes-client-only-in-kube': ['src/collect/planted-client.ts', '@kubernetes/client-node'],
  'oclif-only-at-the-edge': ['src/pipeline/planted-oclif.ts', '@oclif/core'],
  'colour-and-tables-only-in-render': ['src/cli/planted-colour.ts', 'chalk'],
  'no-cycles': ['src/model/a.ts', '#model/b.ts'],
  'no-unresolvable': ['src/model/planted-nowhere.ts', '#model/nowhere.ts'],
}

test('each rule reports its violation', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ambientctl-boundaries-'))
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  for (const file of ['.dependency-cruiser.mjs', 'package.json', 'tsconfig.json', 'node_modules'])
    symlinkSync(resolve(file), join(folder, file))
  const rooms = readdirSync('src', { withFileTypes: true }).filter(entry => entry.isDirectory())
  const planted = Object.values(violations).map(([file]) => file.split('/')[1] ?? '')
  for (const room of new Set([...rooms.map(room => room.name), ...planted])) write(`src/${room}/a.ts`, 'export {}\n')
  write('src/model/b.ts', "import '#model/a.ts'\n")
  for (const [file, imported] of Object.values(violations)) write(file, `import '${imported}'\n`)

  const { violations: found, ruleSetUsed } = cruise(folder).summary
  rmSync(folder, { recursive: true })
  expect(ruleSetUsed.forbidden.map(rule => rule.name).sort()).toEqual(Object.keys(violations).sort())
  for (const [rule, [from]] of Object.entries(violations))
    expect(found.map(violation => `${violation.rule.name} ${violation.from}`)).toContain(`${rule} ${from}`)
})

test('no TypeScript file of the sources escapes the rules', () => {
  const files = (readdirSync('src', { recursive: true }) as string[]).filter(file => file.endsWith('.ts'))
  const seen = cruise('.').modules.map(({ source }) => source)
  expect(seen).toEqual(expect.arrayContaining(files.map(file => `src/${file}`)))
})
