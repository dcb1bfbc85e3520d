import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { UserError } from '#errors.ts'

/**
 * Makes a folder and those above it. Node's own `recursive` never ends below /proc, where a folder that is not there
 * cannot be made either. Throws a UserError that names the folder.
 */
export const makeFolder = async (path: string): Promise<void> => {
  try {
    await makeBelow(path)
  } catch (cause) {
    throw new UserError('usage', `cannot make the folder ${path}`, {
      cause,
      next: ['choose a place that can be written'],
    })
  }
}

const makeBelow = async (path: string): Promise<void> => {
  try {
    await mkdir(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EEXIST') return
    if (code !== 'ENOENT' || dirname(path) === path) throw error
    await makeBelow(dirname(path))
    await mkdir(path)
  }
}
