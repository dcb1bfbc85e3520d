import type { Hook } from '@oclif/core'
import { unknownCommand } from '#cli/unknown-command.ts'

const hook: Hook.CommandNotFound = async ({ id, config }) => {
  const commands = config.commands.filter(command => !command.hidden)
  const known = [
    ...commands.flatMap(command => [command.id, ...command.aliases]),
    ...config.topics.map(topic => topic.name),
  ]
  throw unknownCommand(id, config.bin, known)
}

export default hook
