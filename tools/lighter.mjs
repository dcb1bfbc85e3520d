// What packages do when they are loaded and no command needs: every start would pay for it.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/** Packages by which oclif looks for commands and settings on disk and makes its help: all of that was written down by the build. */
const answeredByBuild = ['ejs', 'lilconfig', 'minimatch', 'semver', 'tinyglobby']

/** What stands for a package or a file of one, because its answer is known or nobody sees it. */
const standIns = {
  // oclif asks for its user agent whether this is Linux in Windows, which takes a file and five modules of Node.
  'wsl-utils': 'export const isWsl = false; export const powerShellPath = async () => "powershell.exe"',
  // What oclif tells of itself with DEBUG=*.
  debug: 'module.exports = () => Object.assign(() => undefined, { enabled: false })',
  // Chalk looks for a terminal when it is loaded; `cli/terminal.ts` decides on colours.
  '#supports-color': 'export default { stdout: false, stderr: false }',
  // Lines of failures that oclif prints itself.
  'wrap-ansi': 'module.exports = text => text',
  // Seventy spinners, of which the progress line uses one.
  'cli-spinners': `module.exports = ${JSON.stringify({
    dots2: { interval: 80, frames: [...'⣾⣽⣻⢿⡿⣟⣯⣷'] },
    line: { interval: 130, frames: [...'-\\|/'] },
  })}`,
  ...Object.fromEntries(
    answeredByBuild.map(name => [
      name,
      `module.exports = new Proxy({}, { get() { throw new Error('${name} is not in this package') } })`,
    ]),
  ),
}

/** Files of oclif: its help is `cli/written-help.ts`, and nothing is run from TypeScript. */
const oclifStandIns = {
  'help/index.js': `
    Object.assign(exports, require('./util'))
    exports.HelpBase = class { constructor(config, opts = {}) { this.config = config; this.opts = opts } }
    exports.loadHelpClass = async config =>
      (await require('../module-loader').load(config, config.pjson.oclif.helpClass)).default`,
  // Its failures are told by `cli/failure.ts`, which takes their message.
  'errors/errors/pretty-print.js':
    'exports.applyPrettyPrintOptions = error => error; exports.default = () => undefined',
  'config/ts-path.js': 'exports.tsPath = async (root, path) => path && require("node:path").join(root, path)',
}

export const lighter = {
  name: 'lighter',
  setup(esbuild) {
    const names = new RegExp(`^(${Object.keys(standIns).join('|')})$`)
    esbuild.onResolve({ filter: names }, ({ path }) => ({ path, namespace: 'stand-in' }))
    esbuild.onLoad({ filter: /.*/, namespace: 'stand-in' }, ({ path }) => ({ contents: standIns[path] }))
    esbuild.onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'of-node' } : undefined,
    )
    esbuild.onLoad({ filter: /.*/, namespace: 'of-node' }, ({ path }) => ({ contents: askedWhenUsed(path) }))
    esbuild.onLoad({ filter: /\/string-width\/index\.js$/ }, ({ path }) => ({
      contents: madeWhenUsed(readFileSync(path, 'utf8')),
    }))
    esbuild.onLoad({ filter: /\/@oclif\/core\/lib\/.*\.js$/ }, ({ path }) => ({
      contents: requiredWhenUsed(oclifStandIns[path.split('/lib/').at(-1)] ?? readFileSync(path, 'utf8')),
    }))
  },
}

// An import of `node:zlib` loads it, although most files are not compressed, and reads each of its members once.
function askedWhenUsed(name) {
  if (name === 'node:process') return 'module.exports = process'
  if (typeof createRequire(import.meta.url)(name) === 'function') return `module.exports = require('${name}')`
  return `module.exports = Object.create(new Proxy({}, { get: (_, member) => require('${name}')[member] }))`
}

// Its segmenter and its emoji classes cost every start 10 ms; only cells with wide characters need them.
// The older string-width of oclif has none of these.
function madeWhenUsed(source) {
  const costly = source.matchAll(/^const (\w+) = (new Intl\.Segmenter\(\)|\/.+\/v);$/gm)
  return [...costly].reduce(
    (text, [line, name, value]) =>
      text.replace(line, '').replaceAll(new RegExp(`\\b${name}\\b`, 'g'), () => `(made.${name} ??= ${value})`),
    `const made = {};\n${source}`,
  )
}

// oclif loads its help, its errors and its measuring before it runs a command that uses none of them.
function requiredWhenUsed(source) {
  const required = /^(?:const|var) (\w+_\d+) = ((?:\w+\()?require\("[^"]+"\)\)?);$/gm
  const exported = /^exports\.(\w+) = (\w+\(require\("[^"]+"\)\));$/gm
  return (
    [...source.matchAll(required)]
      .reduce(
        (text, [line, name, value]) =>
          text.replace(line, '').replaceAll(new RegExp(`\\b${name}\\.`, 'g'), () => `(whenUsed.${name} ??= ${value}).`),
        `const whenUsed = {};\n${source}`,
      )
      // A collation of ASCII names that takes 5 ms to set up.
      .replaceAll(/\b([\w.]+)\.localeCompare\(([\w.]+)\)/g, '($1 < $2 ? -1 : $1 > $2 ? 1 : 0)')
      .replaceAll(exported, (_, name, value) => {
        const get = `() => (whenUsed.${name} ??= ${value})`
        return `Object.defineProperty(exports, '${name}', { enumerable: true, get: ${get} });`
      })
  )
}
