import { once } from 'node:events'
import type { Parser } from 'tar'
import { BrokenScan } from '#decode/json/scan.ts'
import { UserError } from '#errors.ts'
import { type Unreadable, unreadable } from './content.ts'
import { isGzip } from './gzip.ts'
import { archiveLimit, entriesLimit } from './limits.ts'
import { Shelf } from './shelf.ts'
import { type Stored, unpackedChunks } from './stored.ts'

interface TarEntry {
  /** Relative, without `.` and `..`. */
  readonly name: string
  readonly stored: Stored
  readonly packed: boolean
}

/**
 * The files of an archive; hidden ones and links are left out. A large archive goes through a temporary file. Unreadable
 * when it unpacks to more than an honest one would; throws a UserError when it is cut off or damaged.
 */
export const readTar = async (archive: Stored, path: string): Promise<readonly TarEntry[] | Unreadable> => {
  const { Parser } = await import('tar')
  const shelf = new Shelf()
  const entries: TarEntry[] = []
  const errors: UserError[] = []
  const parser = new Parser({
    onReadEntry: entry => {
      const name = entry.type === 'File' || entry.type === 'OldFile' ? safeName(entry.path) : undefined
      if (name === undefined) return entry.resume()
      const place = shelf.begin(entry.size)
      let packed: boolean | undefined
      entry.on('data', piece => {
        packed ??= isGzip(piece)
        place.add(piece)
      })
      entry.on('end', () => entries.push({ name, stored: place.end(), packed: packed ?? false }))
    },
    onwarn: (code, message) => {
      if (damage.has(code)) errors.push(damaged(path, String(message)))
    },
  })
  const isOver = () => errors.length > 0 || entries.length > entriesLimit
  try {
    await feed(parser, archive, isOver, () => shelf.settled())
  } catch (cause) {
    if (cause === tooLarge)
      return unreadable('is an archive that unpacks to more than a snapshot would', [
        'unpack it and give the directory, if it is one',
      ])
    if (!(cause instanceof BrokenScan)) throw cause
    errors.push(damaged(path, cause.truncated ? 'truncated' : cause.message))
  }
  const [error] = errors
  if (error !== undefined) throw error
  return entries
}

const tooLarge = new Error('more than an archive of this size would hold')

/** Hands the archive to the parser at the pace at which its files are kept. */
const feed = async (
  parser: Parser,
  archive: Stored,
  isOver: () => boolean,
  settled: () => Promise<void>,
): Promise<void> => {
  const limit = archiveLimit(archive.size)
  const ended = once(parser, 'end')
  let isAtEnd = false
  parser.once('eof', () => (isAtEnd = true))
  let size = 0
  for await (const chunk of unpackedChunks(archive)) {
    size += chunk.length
    if (size > limit) throw tooLarge
    parser.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))
    if (isAtEnd || isOver()) break
    await settled()
  }
  parser.end()
  await ended
  await settled()
}

/** Whether bytes begin as a tar archive: its magic stands where no text has it. */
export const isTar = (bytes: Uint8Array): boolean =>
  Buffer.from(bytes.subarray(magicAt, magicAt + magic.length)).toString() === magic

const [magicAt, magic] = [257, 'ustar']

/** Warnings of the parser after which the rest cannot be trusted. */
const damage: ReadonlySet<string> = new Set(['TAR_BAD_ARCHIVE', 'TAR_ENTRY_INVALID', 'TAR_ABORT'])

const damaged = (path: string, why: string): UserError =>
  /truncated/i.test(why)
    ? new UserError('input', `${path} is cut off: its last file ends in the middle`, { next: ['fetch it again'] })
    : new UserError('input', `${path} is a damaged tar archive: ${why}`)

const safeName = (name: string): string | undefined => {
  const parts = name.split('/').filter(part => part !== '' && part !== '.' && part !== '..')
  return parts.length === 0 || parts.at(-1)?.startsWith('.') ? undefined : parts.join('/')
}
