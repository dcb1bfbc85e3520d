// How the sources become dist/: one entry a command, shared chunks, everything heavy behind import().
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { build } from 'esbuild'
import { lighter } from './lighter.mjs'

// Node looks up and reads each file, and code that no two starts share in the same way is a file of its own: where all of
// them load the tables of a ztunnel, what these need is two files instead of forty.
const everyStartLoads =
  "import '#cli/run.ts'; import '#cli/ztunnel-table-command.ts'; import '#pipeline/dump-ztunnel.ts';"

const together = {
  name: 'together',
  setup(esbuild) {
    const starts = new Set()
    esbuild.onResolve({ filter: /\.ts$/ }, async ({ path, pluginData, ...from }) => {
      if (pluginData === together || !/^(entry-point|dynamic-import)$/.test(from.kind)) return undefined
      const found = await esbuild.resolve(path, { ...from, pluginData: together })
      if (!found.path.endsWith('cli/main.ts')) starts.add(found.path)
      return found
    })
    esbuild.onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) =>
      starts.has(path) ? { contents: `${everyStartLoads}${readFileSync(path, 'utf8')}`, loader: 'ts' } : undefined,
    )
  },
}

// What CommonJS packages expect to find around them; files without any of them are relieved of it.
const commonJs =
  "import{createRequire as ambientRequire}from'node:module';import{fileURLToPath as ambientPath}from'node:url';import{dirname as ambientDir}from'node:path';const require=ambientRequire(import.meta.url),__filename=ambientPath(import.meta.url),__dirname=ambientDir(__filename);"

export const bundle = async outdir => {
  const entries = readdirSync('src', { recursive: true }).filter(file => /^(commands|hooks)\/.*\.ts$/.test(file))
  const { metafile, outputFiles } = await build({
    entryPoints: [...entries.map(file => `src/${file}`), 'src/cli/main.ts', 'src/cli/written-help.ts'],
    outdir,
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
    // oclif asks for these only to run commands from TypeScript sources.
    external: ['typescript', 'ts-node', 'tsx'],
    banner: { js: commonJs },
    plugins: [together, lighter],
    metafile: true,
    write: false,
    logLevel: 'error',
  })
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true })
    const code = text.replace(commonJs, '')
    writeFileSync(path, /\b(require|__filename|__dirname)\b/.test(code) ? text : code)
  }
  return metafile
}
