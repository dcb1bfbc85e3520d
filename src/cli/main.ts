import { execute } from '@oclif/core'

/** Runs the command line of this process; `entry` is the URL of the executable. */
export const main = async (entry: string): Promise<void> => {
  await execute({ dir: entry })
}
