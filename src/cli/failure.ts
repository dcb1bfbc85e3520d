import { stripVTControlCharacters } from 'node:util'
import { Errors } from '@oclif/core'
import { closest } from '#cli/closest.ts'
import { exitCodes, UserError } from '#errors.ts'
import type { Failure } from '#render/failure.ts'

/** A flag or argument that oclif refused, as an error that names the command to read about. */
export const usageFailure = (error: Error, bin: string, command: string | undefined): UserError | undefined => {
  if (!(error instanceof Errors.CLIError) || error instanceof Errors.ExitError) return undefined
  const words = [bin, ...(command ?? '').split(':').filter(word => word !== '')]
  return new UserError('usage', usageMessage(error), { next: [...otherFlags(error), `${words.join(' ')} --help`] })
}

/** Everything that ends a run without an answer, as what to print and the exit code. Undefined: leave silently with `code`. */
export const failureOf = (error: unknown, debug: boolean): { readonly failure?: Failure; readonly code: number } => {
  if (error instanceof Errors.ExitError) return { code: error.oclif.exit ?? exitCodes.ok }
  if (error instanceof UserError)
    return { failure: told('error', error, error.next, debug), code: exitCodes[error.kind] }
  const usage =
    error instanceof Error ? (usageFailure(error, 'ambientctl', undefined) ?? fileFailure(error)) : undefined
  if (usage !== undefined) return failureOf(usage, debug)
  const next = ['run it again with --debug and report the stack together with the input: this is a bug in ambientctl']
  return { failure: told('internal error', error, debug ? [] : next, debug), code: exitCodes.internal }
}

const told = (title: string, error: unknown, next: readonly string[], debug: boolean): Failure => ({
  title,
  message: messageOf(error),
  causes: causesOf(error),
  next,
  stack: debug && error instanceof Error ? (error.stack ?? '').split('\n') : [],
})

const messageOf = (error: unknown): string => (error instanceof Error ? error.message || error.name : String(error))

const causesOf = (error: unknown): readonly string[] =>
  error instanceof Error && error.cause !== undefined ? [messageOf(error.cause), ...causesOf(error.cause)] : []

const usageMessage = (error: Error): string =>
  stripVTControlCharacters(error.message)
    .split('\n')
    .filter(line => line !== 'See more help with --help')
    .map(line => line.trim())
    .filter(line => line !== '')
    .join(', ')
    .replaceAll(':, ', ': ')

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
    .map(flag => closest(flag.replace(/^-+/, ''), known))
    .filter(flag => flag !== undefined)
    .map(flag => `did you mean --${flag}?`)
}

/** A file that cannot be read, however deep the call that noticed. */
const fileFailure = (error: NodeJS.ErrnoException): UserError | undefined => {
  if (error.path === undefined || error.syscall === undefined) return undefined
  return new UserError('input', `cannot read ${error.path}`, { cause: error.message })
}
