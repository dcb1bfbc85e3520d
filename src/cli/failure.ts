import { Errors } from '@oclif/core'
import { errorLook, writeLines } from '#cli/terminal.ts'
import { usageFailure } from '#cli/usage.ts'
import { exitCodes, UserError } from '#errors.ts'
import { type Failure, failureText } from '#render/failure.ts'

/** Tells on standard error why a run ends without an answer; the exit code of that. */
export const tellFailure = async (error: unknown, debug = false): Promise<number> => {
  const { failure, code } = failureOf(error, debug)
  if (failure !== undefined) await writeLines(process.stderr, failureText(failure, errorLook()))
  return code
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
  details: error instanceof UserError ? error.details : [],
  causes: causesOf(error),
  next,
  stack: debug && error instanceof Error ? (error.stack ?? '').split('\n') : [],
})

const messageOf = (error: unknown): string => (error instanceof Error ? error.message || error.name : String(error))

const causesOf = (error: unknown): readonly string[] =>
  error instanceof Error && error.cause !== undefined ? [messageOf(error.cause), ...causesOf(error.cause)] : []

/** A file that cannot be read, however deep the call that noticed. */
const fileFailure = (error: NodeJS.ErrnoException): UserError | undefined => {
  if (error.path === undefined || error.syscall === undefined) return undefined
  return new UserError('input', `cannot read ${error.path}`, { cause: error.message })
}
