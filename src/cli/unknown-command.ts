import type { Interfaces } from '@oclif/core'
import { UserError } from '#errors.ts'
import { closest } from '#reason/closest.ts'

/**
 * What to say of words that begin with no command. oclif joins the words by colons, arguments included; `known` has
 * commands, aliases and topics in the same form: `dump:ztunnel`.
 */
export const unknownCommand = (id: string, bin: string, known: readonly string[]): UserError => {
  if (id.startsWith('-'))
    return new UserError('usage', 'the command comes before its flags', { next: [`${bin} --help`] })
  const words = id.split(':')
  const meant = closestStart(words, known)
  return new UserError('usage', `there is no command ${unknownStart(words, known).join(' ')}`, {
    next: [...(meant === undefined ? [] : [`did you mean ${bin} ${meant.replaceAll(':', ' ')}?`]), `${bin} --help`],
  })
}

/** Commands, their aliases and topics, of which none is hidden. */
export const knownCommands = ({ commands, topics }: Interfaces.Config): readonly string[] => [
  ...commands.filter(({ hidden }) => !hidden).flatMap(({ id, aliases }) => [id, ...aliases]),
  ...topics.map(({ name }) => name),
]

/** The error of an argument that may have been meant as the command of a topic: `dump ztunnel wrkloads`. */
export const orCommand = (
  error: unknown,
  word: string | undefined,
  commands: readonly string[],
  topic: string,
): unknown => {
  const meant = word === undefined ? undefined : closest(word, commands)
  if (meant === undefined || !(error instanceof UserError)) return error
  return error.suggesting(`did you mean ${topic} ${meant}?`)
}

/** The words up to the first that makes them unknown. */
const unknownStart = (words: readonly string[], known: readonly string[]): readonly string[] => {
  const starts = words.map((_, index) => words.slice(0, index + 1))
  return starts.find(start => !known.some(id => `${id}:`.startsWith(`${start.join(':')}:`))) ?? words
}

/** The longest command that the words may have been meant to begin with. */
const closestStart = (words: readonly string[], known: readonly string[]): string | undefined => {
  for (let length = words.length; length > 0; length--) {
    const sameLength = known.filter(id => id.split(':').length === length)
    const meant = closest(words.slice(0, length).join(':'), sameLength)
    if (meant !== undefined) return meant
  }
  return undefined
}
