// Bundles one TypeScript file with its imports and runs it: `node tools/run.mjs test/fidelity/main.ts ARGS…`.
import { spawnSync } from 'node:child_process'
import { basename } from 'node:path'
import { build } from 'esbuild'

const [entry, ...args] = process.argv.slice(2)
if (entry === undefined) throw new Error('usage: node tools/run.mjs FILE.ts [ARGS…]')
const outfile = `.build/${basename(entry, '.ts')}-${process.pid}.mjs`
await build({
  entryPoints: [entry],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  sourcemap: 'inline',
  logLevel: 'error',
})
const { rmSync } = await import('node:fs')
const child = spawnSync(process.execPath, ['--enable-source-maps', '--max-old-space-size=8192', outfile, ...args], {
  stdio: 'inherit',
})
rmSync(outfile, { force: true })
process.exit(child.status ?? 1)
