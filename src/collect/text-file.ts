import { readFile } from 'node:fs/promises'
import { UserError } from '#errors.ts'

/** Throws a UserError when the file cannot be read. */
export const readTextFile = async (path: string): Promise<string> => {
  const text = await readTextFileIfThere(path)
  if (text === undefined) throw new UserError('input', `there is no file ${path}`)
  return text
}

/** Undefined when there is no such file. */
export const readTextFileIfThere = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw new UserError('input', `cannot read ${path}`, { cause })
  }
}
