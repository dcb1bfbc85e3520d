// Bundles src/commands into dist/: one entry a command, shared chunks, everything heavy behind import().
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'

rmSync('dist', { recursive: true, force: true })
const entryPoints = readdirSync('src', { recursive: true })
  .filter(file => /^(commands|hooks)\/.*\.ts$/.test(file) && !file.endsWith('.d.ts'))
  .map(file => `src/${file}`)
const result = await build({
  entryPoints: [...entryPoints, 'src/cli/main.ts'],
  outdir: 'dist',
  outbase: 'src',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  minify: true,
  keepNames: true,
  sourcemap: 'external',
  chunkNames: 'chunks/[name]-[hash]',
  external: ['typescript', 'ts-node', 'tsx'],
  banner: {
    js: "import{createRequire as ambientRequire}from'node:module';import{fileURLToPath as ambientPath}from'node:url';import{dirname as ambientDir}from'node:path';const require=ambientRequire(import.meta.url),__filename=ambientPath(import.meta.url),__dirname=ambientDir(__filename);",
  },
  metafile: true,
  logLevel: 'error',
})
writeFileSync('dist/meta.json', JSON.stringify(result.metafile))
