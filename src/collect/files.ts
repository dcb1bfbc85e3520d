import { readdir, readFile, stat } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import { buffer } from 'node:stream/consumers'
import type { InputFile } from '#decode/input.ts'
import { UserError } from '#errors.ts'
import { fileFrom, inMemory, onDisk, reasonOf, type Stored, startOf } from './stored.ts'
import { isTar, readTar } from './tar.ts'

/** Folders inside folders: deeper than any snapshot, shallow enough for a loop of links. */
const maxDepth = 32

/**
 * The files that arguments name: a file, a directory or tar archive with all that is in it, or `-` for standard input;
 * each plain or gzip. In the order of the arguments, sorted inside a directory. Throws a UserError for an argument that is
 * not there.
 */
export const findFiles = async (paths: readonly string[]): Promise<readonly InputFile[]> => {
  if (paths.filter(path => path === '-').length > 1)
    throw new UserError('usage', 'standard input can be read only once')
  const found: InputFile[] = []
  for (const path of paths) found.push(...(path === '-' ? await onStdin() : await below(path)))
  return found
}

const onStdin = async (): Promise<readonly InputFile[]> =>
  filesOf(inMemory(await buffer(process.stdin)), { path: '<stdin>', place: ['<stdin>'], alone: true })

const below = async (path: string): Promise<readonly InputFile[]> => {
  const found = await stat(path).catch((cause: unknown) => {
    throw new UserError('input', `${path}: ${reasonOf(cause)}`, { cause })
  })
  if (!found.isDirectory()) return filesAt(path, true)
  const files: InputFile[] = []
  for await (const file of walk(path, 0)) files.push(...(await filesAt(file, false)))
  if (files.length === 0) throw new UserError('input', `${path} is an empty directory`)
  return files
}

/**
 * Files below a directory, sorted; hidden ones and what is neither file nor directory are left out. A directory that cannot
 * be listed stands for its files, to fail when it is read.
 */
async function* walk(directory: string, depth: number): AsyncGenerator<string> {
  if (depth > maxDepth) return
  const names = await readdir(directory).catch(() => undefined)
  if (names === undefined) yield directory
  for (const name of names?.sort() ?? []) {
    const path = join(directory, name)
    const found = name.startsWith('.') ? undefined : await stat(path).catch(() => undefined)
    if (found?.isDirectory()) yield* walk(path, depth + 1)
    else if (found?.isFile()) yield path
  }
}

const filesAt = async (path: string, alone: boolean): Promise<readonly InputFile[]> =>
  filesOf(await storedAt(path), { path, place: resolve(path).split(sep), alone })

/** A pipe, such as the shell's `<(…)`, can be opened once and has no size. */
const storedAt = async (path: string): Promise<Stored> => {
  const found = await stat(path)
  return found.isFile() || found.isDirectory() ? onDisk(path, found.size) : inMemory(await readFile(path))
}

/** The file itself, or what is in it if it is an archive. */
const filesOf = async (
  stored: Stored,
  named: Pick<InputFile, 'path' | 'place' | 'alone'>,
): Promise<readonly InputFile[]> => {
  const { start, packed } = await startOf(stored)
  if (!isTar(start)) return [fileFrom(stored, named, packed)]
  const entries = await readTar(stored, named.path)
  if ('kind' in entries) return [{ ...fileFrom(stored, named, packed), read: () => Promise.resolve(entries) }]
  return entries.map(({ name, stored, packed }) => {
    const inside = { path: `${named.path}/${name}`, place: [...named.place, ...name.split('/')], alone: false }
    return fileFrom(stored, inside, packed)
  })
}
