import { readFileSync } from 'node:fs'
import { leaveWithReader } from '#cli/reader.ts'
import { version } from '../../package.json'

/** Runs the command line of this process; `entry` is the URL of the executable. */
export const main = async (entry: string): Promise<void> => {
  leaveWithReader(process.stdout)
  leaveWithReader(process.stderr)
  const text = writtenAnswer(process.argv.slice(2))
  if (text === undefined) await (await import('#cli/run.ts')).runCommandLine(entry)
  else process.stdout.write(text)
}

/** The version and the help need no command framework: they were written down when this was built. */
const writtenAnswer = (args: readonly string[]): string | undefined => {
  if (args[0] === '--version')
    return `ambientctl/${version} ${process.platform}-${process.arch} node-${process.version}\n`
  const words = args.filter(argument => argument !== '--help' && argument !== '-h')
  if (words.length === args.length && args.length > 0) return undefined
  return words.every(word => /^[a-z][a-z-]*$/.test(word)) ? helpOf(words) : undefined
}

const helpOf = (words: readonly string[]): string | undefined => {
  try {
    return readFileSync(new URL(`../help/${words.join('-') || 'ambientctl'}.txt`, import.meta.url), 'utf8')
  } catch {
    return undefined
  }
}
