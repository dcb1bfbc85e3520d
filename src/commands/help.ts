import { Args } from '@oclif/core'
import { AmbientCommand } from '#cli/command.ts'
import WrittenHelp from '#cli/written-help.ts'

export default class Help extends AmbientCommand {
  static override summary = 'Show what a command does, its flags and examples'
  static override examples = [{ description: 'The help of a command', command: '<%= config.bin %> help trace' }]
  static override args = { command: Args.string({ ignoreStdin: true, description: 'The words of a command or topic' }) }
  static override strict = false

  async run(): Promise<void> {
    const { argv } = await this.parse(Help)
    await new WrittenHelp(this.config).showHelp(argv.map(String))
  }
}
