import { CommandHelp, Config, type Command as Loadable } from '@oclif/core'
import type { Command } from './manifest.ts'

/** `docs/commands.md`: the help of every command, as `--help` prints it. */
export const reference = async (commands: readonly Command[]): Promise<string> => {
  const config = await Config.load(process.cwd())
  const helps = commands.map(({ name }) => {
    const command = config.findCommand(name.replaceAll(' ', ':'), { must: true })
    return `## ambientctl ${name}\n\n\`\`\`\n${helpOf(command, config)}\n\`\`\`\n`
  })
  return `<!-- Made by \`npm run docs\` from the commands; do not edit. -->\n# Commands\n\n${helps.join('\n')}`
}

const helpOf = (command: Loadable.Loadable, config: Config): string => {
  const summary = command.summary === undefined ? '' : `${command.summary}\n\n`
  return (
    summary +
    new CommandHelp(command, config, { stripAnsi: true, maxWidth: 80 })
      .generate()
      .replace(/[ \t]+$/gm, '')
      .trim()
  )
}

/** `test/cli/command-snapshot.json`: the names that scripts depend on, so that a change of one shows in review. */
export const surface = (commands: readonly Command[]): string =>
  `${JSON.stringify(
    commands.map(({ name, aliases, args, flags }) => ({
      command: name,
      aliases,
      args: args.map(arg => (arg.required === true ? arg.name : `[${arg.name}]`)),
      flags: flags.map(surfaceOfFlag).toSorted(),
    })),
    undefined,
    2,
  )}\n`

const surfaceOfFlag = ({ name, char, type, options, multiple, required }: Command['flags'][number]): string =>
  [
    `--${name}${char === undefined ? '' : `, -${char}`}`,
    ...(type === 'boolean' ? [] : [options?.join('|') ?? 'VALUE']),
    ...(multiple === true ? ['repeatable'] : []),
    ...(required === true ? ['required'] : []),
  ].join(' ')
