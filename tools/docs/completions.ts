import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Config } from '@oclif/core'
import type { Command, Flag } from './manifest.ts'

const functions = {
  'completions/ambientctl.bash': 'bash/ambientctl.bash',
  'completions/_ambientctl': 'zsh/_ambientctl',
  'completions/ambientctl.ps1': 'powershell/ambientctl.ps1',
}

// The plugin exports nothing, and a bundler does not understand how its command imports ejs: it is loaded as the file it is.
const create = 'node_modules/@oclif/plugin-autocomplete/lib/commands/autocomplete/create.js'

interface Runnable {
  run(argv: readonly string[], config: Config): Promise<unknown>
}

/** The scripts of the shells that oclif's plugin knows, by file. */
export const pluginCompletions = async (): Promise<ReadonlyMap<string, string>> => {
  const cache = mkdtempSync(join(tmpdir(), 'ambientctl-completions-'))
  process.env.XDG_CACHE_HOME = cache
  try {
    const loaded = (await import(pathToFileURL(resolve(create)).href)) as { readonly default: Runnable }
    await loaded.default.run([], await Config.load(process.cwd()))
    const made = join(cache, 'ambientctl/autocomplete/functions')
    return new Map(Object.entries(functions).map(([file, from]) => [file, readFileSync(join(made, from), 'utf8')]))
  } finally {
    rmSync(cache, { recursive: true, force: true })
  }
}

const prelude = `# Made by \`npm run docs\` from the commands; do not edit.
function __ambientctl_words
    set -l words (commandline -opc)
    string match -v -- '-*' $words[2..]
end

# The words so far are these.
function __ambientctl_at
    set -l words (__ambientctl_words)
    test "$words" = "$argv"
end

# The words so far begin with these.
function __ambientctl_in
    set -l words (__ambientctl_words)
    set -l wanted (count $argv)
    test (count $words) -ge $wanted; and test "$words[1..$wanted]" = "$argv"
end

complete -c ambientctl -f
complete -c ambientctl -n __ambientctl_at -l version -d 'Show the version'
complete -c ambientctl -l help -d 'Show help'
`

/** The script for fish, which oclif's plugin does not know. */
export const fishCompletion = (commands: readonly Command[]): string => {
  const named = commands.flatMap(command => [command.name, ...command.aliases].map(name => ({ ...command, name })))
  return `${[prelude, ...words(named), ...named.flatMap(argumentLines), ...named.flatMap(flagLines)].join('\n')}\n`
}

/** One line for each word that can follow others: the commands, and the topics above them. */
const words = (commands: readonly Command[]): readonly string[] => {
  const lines = new Map<string, string>()
  for (const { name, summary } of commands) {
    const parts = name.split(' ')
    for (const [index, part] of parts.entries()) {
      const whole = index === parts.length - 1
      const key = parts.slice(0, index + 1).join(' ')
      if (!whole && lines.has(key)) continue
      const before = parts.slice(0, index).join(' ')
      const said = whole ? summary : `${part} commands`
      lines.set(
        key,
        `complete -c ambientctl -n ${quoted(`__ambientctl_at ${before}`.trim())} -a ${part} -d ${quoted(said)}`,
      )
    }
  }
  return [...lines.values()]
}

const argumentLines = ({ name, args }: Command): readonly string[] =>
  args
    .filter(arg => arg.options !== undefined)
    .map(
      arg =>
        `complete -c ambientctl -n ${quoted(`__ambientctl_at ${name}`)} -a ${quoted((arg.options ?? []).join(' '))}`,
    )

const flagLines = ({ name, flags }: Command): readonly string[] =>
  flags.map(flag =>
    [
      `complete -c ambientctl -n ${quoted(`__ambientctl_in ${name}`)}`,
      ...(flag.char === undefined ? [] : [`-s ${flag.char}`]),
      `-l ${flag.name}`,
      ...valuesOf(flag),
      `-d ${quoted(flag.summary ?? flag.description ?? '')}`,
    ].join(' '),
  )

const valuesOf = ({ type, options, helpValue }: Flag): readonly string[] => {
  if (type === 'boolean') return []
  if (options !== undefined) return [`-x -a ${quoted(options.join(' '))}`]
  return [helpValue === 'PATH' || helpValue === 'FILE' ? '-r -F' : '-x']
}

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
