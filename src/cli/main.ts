import { version } from '../../package.json'

/** Runs the command line of this process; `entry` is the URL of the executable. The version needs no command framework. */
export const main = async (entry: string): Promise<void> => {
  if (process.argv[2] === '--version')
    process.stdout.write(`ambientctl/${version} ${process.platform}-${process.arch} node-${process.version}\n`)
  else await (await import('#cli/run.ts')).runCommandLine(entry)
}
