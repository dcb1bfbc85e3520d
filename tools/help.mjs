// The help of everything as plain text, 80 columns wide, so that --help has only to print a file.
import { Config, Help } from '@oclif/core'

class Written extends Help {
  text = ''

  log(...words) {
    this.text += `${words.join(' ')}\n`
  }
}

/** Help texts by their words joined with hyphens; that of the whole program is '' and leaves out where it was built. */
export const helpTexts = async root => {
  const config = await Config.load({ root, devPlugins: false, userPlugins: false })
  const commands = config.commands.filter(({ hidden }) => !hidden)
  const ids = ['', ...config.topics.map(({ name }) => name), ...commands.flatMap(({ id, aliases }) => [id, ...aliases])]
  const texts = new Map()
  for (const id of new Set(ids)) texts.set(id.replaceAll(':', '-'), await helpOf(id, root))
  return texts
}

/** Each in a configuration of its own: showing the help of an alias takes commands out of the lists of others. */
const helpOf = async (id, root) => {
  const config = await Config.load({ root, devPlugins: false, userPlugins: false })
  const help = new Written(config, { stripAnsi: true, maxWidth: 80 })
  const command = config.findCommand(id)
  await (command === undefined ? help.showHelp(id === '' ? [] : [id]) : help.showCommandHelp(withPairs(command)))
  const text = help.text.replace(/^VERSION\n.*\n\n/m, '').replace(/[ \t]+$/gm, '')
  return `${text.trim()}\n`
}

/** oclif draws `[--a | --b]` for one flag that excludes another, and `[--c | ]` for the next that excludes the same. */
const withPairs = command => {
  const paired = new Set()
  const pair = other => {
    const isFirst = other in command.flags && !paired.has(other)
    paired.add(other)
    return isFirst
  }
  const flags = Object.entries(command.flags).map(([name, flag]) => [
    name,
    { ...flag, exclusive: flag.exclusive?.filter(pair) },
  ])
  return { ...command, flags: Object.fromEntries(flags) }
}
