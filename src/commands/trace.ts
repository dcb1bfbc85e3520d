import { Args } from '@oclif/core'
import { AmbientCommand } from '#cli/command.ts'

export default class Trace extends AmbientCommand {
  static override summary =
    'Follow one request from source to destination, hop by hop, with the evidence for each decision'
  static override args = { from: Args.string({ required: true }), to: Args.string({ required: true }) }

  async run(): Promise<void> {
    await this.parse(Trace)
  }
}
