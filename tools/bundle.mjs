// How the sources become dist/: one entry a command, shared chunks, everything heavy behind import().
import { readdirSync, readFileSync } from 'node:fs'
import { build } from 'esbuild'

/** Parts of oclif that look for commands, plugins and settings on disk; the manifest and package.json answer all of that. */
const answeredByManifest = ['tinyglobby', 'minimatch', 'lilconfig', 'semver']

const leaveOut = {
  name: 'leave-out',
  setup(esbuild) {
    const filter = new RegExp(`^(${answeredByManifest.join('|')})$`)
    esbuild.onResolve({ filter }, ({ path }) => ({ path, namespace: 'left-out' }))
    esbuild.onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({
      contents: `module.exports = new Proxy({}, { get() { throw new Error('${path} is not in this package') } })`,
    }))
    // Its segmenter and its emoji classes cost every start 10 ms; only cells with wide characters need them.
    esbuild.onLoad({ filter: /string-width\/index\.js$/ }, ({ path }) => ({
      contents: madeWhenUsed(readFileSync(path, 'utf8')),
    }))
    // Seventy spinners, of which the progress line uses one.
    esbuild.onLoad({ filter: /cli-spinners\/spinners\.json$/ }, () => ({
      contents:
        '{"dots2":{"interval":80,"frames":["⣾","⣽","⣻","⢿","⡿","⣟","⣯","⣷"]},"line":{"interval":130,"frames":["-","\\\\","|","/"]}}',
      loader: 'json',
    }))
  },
}

// The older string-width of oclif has none of these.
function madeWhenUsed(source) {
  const costly = source.matchAll(/^const (\w+) = (new Intl\.Segmenter\(\)|\/.+\/v);$/gm)
  return [...costly].reduce(
    (text, [line, name, value]) =>
      text.replace(line, '').replaceAll(new RegExp(`\\b${name}\\b`, 'g'), () => `(made.${name} ??= ${value})`),
    `const made = {};\n${source}`,
  )
}

// What CommonJS packages expect to find around them.
const commonJs =
  "import{createRequire as ambientRequire}from'node:module';import{fileURLToPath as ambientPath}from'node:url';import{dirname as ambientDir}from'node:path';const require=ambientRequire(import.meta.url),__filename=ambientPath(import.meta.url),__dirname=ambientDir(__filename);"

export const bundle = async outdir => {
  const entries = readdirSync('src', { recursive: true }).filter(file => /^(commands|hooks)\/.*\.ts$/.test(file))
  const { metafile } = await build({
    entryPoints: [...entries.map(file => `src/${file}`), 'src/cli/main.ts'],
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
    plugins: [leaveOut],
    metafile: true,
    logLevel: 'error',
  })
  return metafile
}
