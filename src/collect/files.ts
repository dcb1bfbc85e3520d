import { createReadStream } from 'node:fs'
import { open, readdir, readFile, stat } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import { pipeline, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { createGunzip } from 'node:zlib'
import type { InputContent, InputFile } from '#decode/input.ts'
import { BrokenScan } from '#decode/json/scan.ts'
import { UserError } from '#errors.ts'
import { contentOf, gzipFailure, isGzip, unreadable, wholeLimit } from './content.ts'

/** Folders inside folders: deeper than any snapshot, shallow enough for a loop of links. */
const maxDepth = 32

/**
 * The files that arguments name: a file, a directory with all that is below it, or `-` for standard input. In the order of
 * the arguments, sorted inside a directory. Throws a UserError for an argument that is not there.
 */
export const readFiles = async (paths: readonly string[]): Promise<readonly InputFile[]> => {
  if (paths.filter(path => path === '-').length > 1)
    throw new UserError('usage', 'standard input can be read only once')
  const found: InputFile[] = []
  for (const path of paths) found.push(...(path === '-' ? [await readStdin()] : await readArgument(path)))
  return found
}

const readStdin = async (): Promise<InputFile> => {
  const bytes = await buffer(process.stdin)
  const content = contentOf(bytes) ?? large(isGzip(bytes), () => inSlices(bytes))
  return { path: '<stdin>', place: ['<stdin>'], alone: true, content }
}

const readArgument = async (path: string): Promise<readonly InputFile[]> => {
  const found = await stat(path).catch((cause: unknown) => {
    throw new UserError('input', `${path}: ${reasonOf(cause)}`, { cause })
  })
  if (!found.isDirectory()) return [await readOne(path, true)]
  const files: InputFile[] = []
  for await (const file of walk(path, 0)) files.push(await readOne(file, false))
  if (files.length === 0) throw new UserError('input', `${path} is an empty directory`)
  return files
}

/** Files below a directory, sorted; hidden ones and what is neither file nor directory are left out. */
async function* walk(directory: string, depth: number): AsyncGenerator<string> {
  if (depth > maxDepth) return
  const names = await readdir(directory)
  for (const name of names.sort()) {
    const path = join(directory, name)
    const found = name.startsWith('.') ? undefined : await stat(path).catch(() => undefined)
    if (found?.isDirectory()) yield* walk(path, depth + 1)
    else if (found?.isFile()) yield path
  }
}

const readOne = async (path: string, alone: boolean): Promise<InputFile> => ({
  path,
  place: resolve(path).split(sep),
  alone,
  content: await readContent(path).catch((cause: unknown) => unreadable(`cannot be read: ${reasonOf(cause)}`)),
})

const readContent = async (path: string): Promise<InputContent> => {
  const handle = await open(path)
  try {
    const { size } = await handle.stat()
    const start = new Uint8Array(2)
    if (size > wholeLimit) await handle.read(start, 0, 2, 0)
    const content = size > wholeLimit ? undefined : contentOf(await readFile(path))
    return content ?? large(size > wholeLimit ? isGzip(start) : true, () => createReadStream(path))
  } finally {
    await handle.close()
  }
}

const large = (gzip: boolean, bytes: () => AsyncIterable<Uint8Array>): InputContent => ({
  kind: 'large',
  bytes: gzip ? () => unzipped(bytes()) : bytes,
})

const unzipped = async function* (packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let read = 0
  try {
    for await (const chunk of pipeline(Readable.from(packed), createGunzip(), () => undefined)) {
      read += chunk.length
      yield chunk
    }
  } catch (cause) {
    const failure = gzipFailure(cause)
    if (failure === undefined) throw cause
    throw new BrokenScan(
      failure.truncated ? 'gzip data ends in the middle' : 'damaged gzip data',
      read,
      failure.truncated,
    )
  }
}

const sliceSize = 1 << 20

const inSlices = async function* (bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += sliceSize) yield bytes.subarray(start, start + sliceSize)
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  ENOTDIR: 'a part of the path is no directory',
  ELOOP: 'too many links',
}

const reasonOf = (cause: unknown): string => {
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined
  return (code === undefined ? undefined : reasons[code]) ?? (cause instanceof Error ? cause.message : String(cause))
}
