import { fileURLToPath } from 'node:url'
import { type Interfaces, run } from '@oclif/core'
import { exitCodes } from '#errors.ts'
import packageJson from '../../package.json'

/** Runs a command to its end, however it ends. */
export const runCommandLine = async (entry: string): Promise<void> => {
  process.once('SIGINT', () => process.exit(exitCodes.interrupted))
  process.once('uncaughtException', leave)
  try {
    await run(process.argv.slice(2), {
      root: fileURLToPath(new URL('..', entry)),
      pjson: packageJson as unknown as Interfaces.PJSON,
    })
  } catch (error) {
    await leave(error)
  }
}

/** The one place where a failure is told: message, cause, what to try next, exit code (DESIGN §3.4). */
const leave = async (error: unknown): Promise<never> => {
  const { tellFailure } = await import('#cli/failure.ts')
  process.exit(await tellFailure(error, process.argv.includes('--debug')))
}
