import { stripVTControlCharacters } from 'node:util'
import { Errors } from '@oclif/core'
import { UserError } from '#errors.ts'
import { closest } from '#reason/closest.ts'

/** A flag or argument that oclif refused, as an error that names the command to read about. */
export const usageFailure = (error: Error, bin: string, command: string | undefined): UserError | undefined => {
  if (!(error instanceof Errors.CLIError) || error instanceof Errors.ExitError) return undefined
  const words = [bin, ...(command ?? '').split(':').filter(word => word !== '')]
  return new UserError('usage', usageMessage(error), { next: [...otherFlags(error), `${words.join(' ')} --help`] })
}

/** Help that is not, and a warning of flags with several values, of which there are none: each takes one. */
const aside = /^(See more help with --help$|Note: --|Alternatively, you can use "--")/

const usageMessage = (error: Error): string =>
  stripVTControlCharacters(error.message)
    .split('\n')
    .map(line => line.trim().replace(/^(\S+) {2,}(.*)$/, '$1 ($2)'))
    .filter(line => line !== '' && !aside.test(line))
    .join(', ')
    .replaceAll(':, ', ': ')
    .replace(/^The following errors? occurred: /, '')

/** What oclif's error for flags that do not exist carries. */
interface UnknownFlags extends Error {
  readonly flags: readonly string[]
  readonly parse: { readonly input: { readonly flags: Readonly<Record<string, unknown>> } }
}

const isUnknownFlags = (error: Error): error is UnknownFlags => 'flags' in error && Array.isArray(error.flags)

const otherFlags = (error: Error): readonly string[] => {
  if (!isUnknownFlags(error)) return []
  const known = [...Object.keys(error.parse.input.flags), 'help']
  return error.flags
    .map(flag => closest(flag.replace(/^-+|=.*$/gs, ''), known))
    .filter(flag => flag !== undefined)
    .map(flag => `did you mean --${flag}?`)
}
