import type { Hook } from '@oclif/core'
import { knownCommands, unknownCommand } from '#cli/unknown-command.ts'

const hook: Hook.CommandNotFound = async ({ id, config }) => {
  throw unknownCommand(id, config.bin, knownCommands(config))
}

export default hook
