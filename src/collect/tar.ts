import type { ReadEntry } from 'tar'
import { UserError } from '#errors.ts'

export interface TarEntry {
  /** Relative, without `.` and `..`. */
  readonly name: string
  readonly bytes: Uint8Array
}

/** The files of an archive; hidden ones and links are left out. Throws a UserError when it is cut off or damaged. */
export const readTar = async (bytes: Uint8Array, path: string): Promise<readonly TarEntry[]> => {
  const { Parser } = await import('tar')
  const found: TarEntry[] = []
  await new Promise<void>((done, failed) => {
    const parser = new Parser({
      onReadEntry: entry => {
        const name = entry.type === 'File' || entry.type === 'OldFile' ? safeName(entry.path) : undefined
        if (name === undefined) entry.resume()
        else collect(entry, content => found.push({ name, bytes: content }))
      },
      onwarn: (code, message) => {
        if (damage.has(code)) failed(damaged(path, String(message)))
      },
    })
    parser.on('error', failed)
    parser.on('end', done)
    parser.end(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  })
  return found
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

const collect = (entry: ReadEntry, done: (content: Uint8Array) => void): void => {
  const chunks: Uint8Array[] = []
  entry.on('data', chunk => chunks.push(chunk))
  entry.on('end', () => done(Buffer.concat(chunks)))
}

const safeName = (name: string): string | undefined => {
  const parts = name.split('/').filter(part => part !== '' && part !== '.' && part !== '..')
  return parts.length === 0 || parts.at(-1)?.startsWith('.') ? undefined : parts.join('/')
}
