import { readFileSync } from 'node:fs'

export interface Flag {
  readonly name: string
  readonly char?: string
  readonly type: 'boolean' | 'option'
  readonly summary?: string
  readonly description?: string
  readonly helpValue?: string
  readonly options?: readonly string[]
  readonly default?: unknown
  readonly multiple?: boolean
  readonly required?: boolean
  readonly hidden?: boolean
}

export interface Arg {
  readonly name: string
  readonly description?: string
  readonly options?: readonly string[]
  readonly required?: boolean
}

export interface Example {
  readonly description?: string
  readonly command: string
}

/** One command as the manifest has it, with its name in words and its templates filled in. */
export interface Command {
  /** `dump ztunnel` */
  readonly name: string
  readonly aliases: readonly string[]
  /** Names that work and that no help tells. */
  readonly hiddenAliases: readonly string[]
  readonly summary: string
  readonly description: string
  readonly args: readonly Arg[]
  readonly flags: readonly Flag[]
  readonly examples: readonly Example[]
}

interface Entry {
  readonly id: string
  readonly hidden?: boolean
  readonly aliases: readonly string[]
  readonly hiddenAliases: readonly string[]
  readonly summary?: string
  readonly description?: string
  readonly args: Readonly<Record<string, Arg>>
  readonly flags: Readonly<Record<string, Flag>>
  readonly examples?: readonly (string | Example)[]
}

/** Every command that a user is told of, by name. */
export const readCommands = (): readonly Command[] => {
  const { commands } = JSON.parse(readFileSync('oclif.manifest.json', 'utf8')) as {
    readonly commands: Readonly<Record<string, Entry>>
  }
  return Object.values(commands)
    .filter(entry => entry.hidden !== true)
    .map(commandOf)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

const commandOf = (entry: Entry): Command => {
  const name = entry.id.replaceAll(':', ' ')
  const filled = (text: string) =>
    text.replaceAll('<%= config.bin %>', 'ambientctl').replaceAll('<%= command.id %>', name)
  return {
    name,
    aliases: entry.aliases.map(alias => alias.replaceAll(':', ' ')),
    hiddenAliases: entry.hiddenAliases.map(alias => alias.replaceAll(':', ' ')),
    summary: filled(entry.summary ?? ''),
    description: filled(entry.description ?? ''),
    args: Object.values(entry.args),
    flags: Object.values(entry.flags).filter(flag => flag.hidden !== true),
    examples: (entry.examples ?? []).map(example =>
      typeof example === 'string' ? { command: filled(example) } : { ...example, command: filled(example.command) },
    ),
  }
}
