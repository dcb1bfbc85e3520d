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
  return new Map(
    await Promise.all([...new Set(ids)].map(async id => [id.replaceAll(':', '-'), await helpOf(id, config)])),
  )
}

const helpOf = async (id, config) => {
  const help = new Written(config, { stripAnsi: true, maxWidth: 80 })
  const command = config.findCommand(id)
  await (command === undefined ? help.showHelp(id === '' ? [] : [id]) : help.showCommandHelp(command))
  const text = help.text.replace(/^VERSION\n.*\n\n/m, '').replace(/[ \t]+$/gm, '')
  return `${text.trim()}\n`
}
