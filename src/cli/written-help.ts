import { HelpBase } from '@oclif/core'
import { helpText } from '#cli/help-text.ts'
import { knownCommands, unknownCommand } from '#cli/unknown-command.ts'

/** How oclif shows help: as the build wrote it down, so that no run carries what makes it. */
export default class WrittenHelp extends HelpBase {
  override async showHelp(argv: string[]): Promise<void> {
    const end = argv.findIndex(word => word.startsWith('-'))
    const words = argv.slice(0, end < 0 ? argv.length : end).flatMap(word => word.split(':'))
    const text = this.commandHelp(words) ?? helpText(words)
    if (text === undefined) throw unknownCommand(words.join(':'), this.config.bin, knownCommands(this.config))
    process.stdout.write(text)
  }

  override async showCommandHelp({ id }: { readonly id: string }): Promise<void> {
    await this.showHelp([id])
  }

  /** Words after those of a command are its arguments. */
  private commandHelp(words: readonly string[]): string | undefined {
    for (let length = words.length; length > 0; length--) {
      const start = words.slice(0, length)
      if (this.config.findCommand(start.join(':')) !== undefined) return helpText(start)
    }
    return undefined
  }
}
