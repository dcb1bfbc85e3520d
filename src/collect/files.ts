import { createReadStream } from 'node:fs'
import { open, readdir, readFile, stat } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import { buffer } from 'node:stream/consumers'
import type { InputContent, InputFile } from '#decode/input.ts'
import { UserError } from '#errors.ts'
import { contentOf, unreadable } from './content.ts'
import { isGzip, unpack, unzipped } from './gzip.ts'
import { archiveLimit, wholeLimit } from './limits.ts'
import { isTar, readTar } from './tar.ts'

/** Folders inside folders: deeper than any snapshot, shallow enough for a loop of links. */
const maxDepth = 32

/**
 * The files that arguments name: a file, a directory or tar archive with all that is in it, or `-` for standard input;
 * each plain or gzip. In the order of the arguments, sorted inside a directory. Throws a UserError for an argument that is
 * not there.
 */
export const readFiles = async (paths: readonly string[]): Promise<readonly InputFile[]> => {
  if (paths.filter(path => path === '-').length > 1)
    throw new UserError('usage', 'standard input can be read only once')
  const found: InputFile[] = []
  for (const path of paths) found.push(...(path === '-' ? await readStdin() : await readArgument(path)))
  return found
}

const readStdin = async (): Promise<readonly InputFile[]> => {
  const bytes = await buffer(process.stdin)
  return filesOf('<stdin>', ['<stdin>'], await sourceOf(bytes, () => inSlices(bytes)), true)
}

const readArgument = async (path: string): Promise<readonly InputFile[]> => {
  const found = await stat(path).catch((cause: unknown) => {
    throw new UserError('input', `${path}: ${reasonOf(cause)}`, { cause })
  })
  if (!found.isDirectory()) return readOne(path, true)
  const files: InputFile[] = []
  for await (const file of walk(path, 0)) files.push(...(await readOne(file, false)))
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

/** Unpacked bytes, or a source that is read in chunks because it is too large. */
type Source = Uint8Array | (() => AsyncIterable<Uint8Array>) | Extract<InputContent, { kind: 'unreadable' }>

const readOne = async (path: string, alone: boolean): Promise<readonly InputFile[]> => {
  const source = await readSource(path).catch((cause: unknown) => unreadable(`cannot be read: ${reasonOf(cause)}`))
  return filesOf(path, resolve(path).split(sep), source, alone)
}

/** A pipe, such as the shell's `<(…)`, can be opened once and has no size. */
const readSource = async (path: string): Promise<Source> => {
  const found = await stat(path)
  const chunks = () => createReadStream(path)
  if (!found.isFile()) return readPipe(path)
  if (found.size <= wholeLimit) return sourceOf(await readFile(path), chunks)
  const start = await readStart(path)
  if (isTar(start) && found.size <= archiveLimit) return readFile(path)
  return isGzip(start) ? largeGzip(() => readFile(path), chunks) : chunks
}

const readPipe = async (path: string): Promise<Source> => {
  const bytes = await readFile(path)
  return sourceOf(bytes, () => inSlices(bytes))
}

const readStart = async (path: string): Promise<Uint8Array> => {
  const handle = await open(path)
  try {
    const start = Buffer.alloc(512)
    await handle.read(start, 0, start.length, 0)
    return start
  } finally {
    await handle.close()
  }
}

const sourceOf = async (bytes: Uint8Array, chunks: () => AsyncIterable<Uint8Array>): Promise<Source> => {
  if (!isGzip(bytes)) return bytes.length <= wholeLimit || isTar(bytes) ? bytes : chunks
  const unpacked = unpack(bytes, wholeLimit)
  return unpacked === 'too large' ? largeGzip(() => Promise.resolve(bytes), chunks) : unpacked
}

/** An archive is needed whole, up to a bound; anything else is unpacked while it is read. */
const largeGzip = async (
  packed: () => Promise<Uint8Array>,
  chunks: () => AsyncIterable<Uint8Array>,
): Promise<Source> => {
  for await (const first of unzipped(chunks())) {
    if (!isTar(first)) break
    const unpacked = unpack(await packed(), archiveLimit)
    return unpacked === 'too large'
      ? unreadable('is an archive of more than 1 GB', ['unpack it and give the directory'])
      : unpacked
  }
  return () => unzipped(chunks())
}

const filesOf = async (
  path: string,
  place: readonly string[],
  source: Source,
  alone: boolean,
): Promise<readonly InputFile[]> => {
  if (typeof source === 'function') return [{ path, place, alone, content: { kind: 'large', bytes: source } }]
  if (!(source instanceof Uint8Array)) return [{ path, place, alone, content: source }]
  if (!isTar(source)) return [{ path, place, alone, content: contentOf(source) }]
  return (await readTar(source, path)).map(({ name, bytes }) => ({
    path: `${path}/${name}`,
    place: [...place, ...name.split('/')],
    alone: false,
    content: entryContent(bytes),
  }))
}

const entryContent = (bytes: Uint8Array): InputContent => {
  if (!isGzip(bytes))
    return bytes.length <= wholeLimit ? contentOf(bytes) : { kind: 'large', bytes: () => inSlices(bytes) }
  const unpacked = unpack(bytes, wholeLimit)
  if (unpacked === 'too large') return { kind: 'large', bytes: () => unzipped(inSlices(bytes)) }
  return unpacked instanceof Uint8Array ? contentOf(unpacked) : unpacked
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
