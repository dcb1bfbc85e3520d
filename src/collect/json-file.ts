import { readFile } from 'node:fs/promises'
import { UserError } from '#errors.ts'

/** A JSON file of our own making. Throws a UserError when it cannot be read as JSON. */
export const readJson = async (path: string): Promise<unknown> => {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    throw new UserError('input', `cannot read ${path} as JSON`, { cause })
  }
}
