import { commands } from '@oclif/plugin-help'

export default class Help extends commands.help {
  static override summary = 'Show what a command does, its flags and examples'
  static override description = ''
  static override examples = [{ description: 'The help of a command', command: '<%= config.bin %> help trace' }]
}
