import { run } from '@oclif/core'
import { failureOf } from '#cli/failure.ts'
import { errorLook, writeLines } from '#cli/terminal.ts'
import { exitCodes } from '#errors.ts'
import { failureText } from '#render/failure.ts'

/** Runs the command line of this process; `entry` is the URL of the executable. */
export const main = async (entry: string): Promise<void> => {
  process.stdout.on('error', readerLeft)
  process.stderr.on('error', readerLeft)
  process.once('SIGINT', () => process.exit(exitCodes.interrupted))
  process.once('uncaughtException', error => void leave(error))
  try {
    await run(process.argv.slice(2), entry)
  } catch (error) {
    await leave(error)
  }
}

/** The one place where a failure is told: message, cause, what to try next, exit code (DESIGN §3.4). */
const leave = async (error: unknown): Promise<never> => {
  const { failure, code } = failureOf(error, process.argv.includes('--debug'))
  if (failure !== undefined) await writeLines(process.stderr, failureText(failure, errorLook()))
  process.exit(code)
}

/** `ambientctl … | head` is no failure. */
const readerLeft = (error: NodeJS.ErrnoException): void => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? exitCodes.ok)
  throw error
}
