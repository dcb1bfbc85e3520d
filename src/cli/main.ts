import { userInfo } from 'node:os'
import { setFlagsFromString } from 'node:v8'
import { helpText } from '#cli/help-text.ts'
import { leaveWithReader } from '#cli/reader.ts'
import { version } from '../../package.json'

/** Runs the command line of this process; `entry` is the URL of the executable. */
export const main = async (entry: string): Promise<void> => {
  leaveWithReader(process.stdout)
  leaveWithReader(process.stderr)
  const text = writtenAnswer(process.argv.slice(2))
  if (text !== undefined) {
    process.stdout.write(text)
    return
  }
  nameUser()
  tuneEngine()
  await (await import('#cli/run.ts')).runCommandLine(entry)
}

/**
 * A command lives for about a second: where only what is really hot is compiled a second time, it needs up to a fifth less of
 * the processor; where garbage is looked for earlier, half a gigabyte of dump leaves a third less behind. V8 tells an unknown
 * flag on standard error, so only the release for which this was measured gets them.
 */
const tuneEngine = (): void => {
  if (!process.version.startsWith('v20.')) return
  setFlagsFromString('--interrupt-budget=1000000')
  setFlagsFromString('--heap-growing-percent=20')
}

/** In a container the user may be a mere number: oclif asks for the home and the shell and fails when there are none. */
const nameUser = (): void => {
  try {
    userInfo()
  } catch {
    process.env.HOME ??= '/'
    process.env.SHELL ??= '/bin/sh'
  }
}

/** The version and the help need no command framework: they were written down when this was built. */
const writtenAnswer = (args: readonly string[]): string | undefined => {
  if (args[0] === '--version')
    return `ambientctl/${version} ${process.platform}-${process.arch} node-${process.version}\n`
  const words = args.filter(argument => argument !== '--help' && argument !== '-h')
  if (words.length === args.length && args.length > 0) return undefined
  return helpText(words)
}
