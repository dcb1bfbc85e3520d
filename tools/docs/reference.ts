import { readFileSync } from 'node:fs'
import type { Command } from './manifest.ts'

/** `docs/commands.md`: the help of every command, as `--help` prints it. */
export const reference = (commands: readonly Command[]): string => {
  const helps = commands.map(({ name }) => {
    const help = readFileSync(`dist/help/${name.replaceAll(' ', '-')}.txt`, 'utf8')
    return `## ambientctl ${name}\n\n\`\`\`\n${help}\`\`\`\n`
  })
  return `<!-- Made by \`npm run docs\` from the commands; do not edit. -->\n# Commands\n\n${helps.join('\n')}`
}

/** `test/cli/command-snapshot.json`: the names that scripts depend on, so that a change of one shows in review. */
export const surface = (commands: readonly Command[]): string =>
  `${JSON.stringify(
    commands.map(({ name, aliases, hiddenAliases, args, flags }) => ({
      command: name,
      aliases,
      hiddenAliases,
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
