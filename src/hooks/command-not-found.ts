import { type Hook, toConfiguredId } from '@oclif/core'
import { closest } from '#cli/closest.ts'
import { UserError } from '#errors.ts'

const hook: Hook.CommandNotFound = async ({ id, config }) => {
  const known = config.commands.filter(command => !command.hidden).flatMap(command => [command.id, ...command.aliases])
  const meant = closest(id, [...known, ...config.topics.map(topic => topic.name)])
  throw new UserError('usage', `there is no command ${toConfiguredId(id, config)}`, {
    next: [
      ...(meant === undefined ? [] : [`did you mean ${config.bin} ${toConfiguredId(meant, config)}?`]),
      `${config.bin} --help`,
    ],
  })
}

export default hook
