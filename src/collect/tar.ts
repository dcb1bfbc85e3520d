import { UserError } from '#errors.ts'

export interface TarEntry {
  /** Relative, without `.` and `..`. */
  readonly name: string
  readonly bytes: Uint8Array
}

const blockSize = 512

interface Header {
  readonly name: string
  readonly size: number
  /** `0` a file, `x` and `L` a long name for the next one. */
  readonly type: string
}

/** Whether bytes begin as a tar archive: its magic, under a checksum that holds. */
export const isTar = (bytes: Uint8Array): boolean =>
  bytes.length >= blockSize && text(bytes, 257, 5) === 'ustar' && checksum(bytes) === octal(bytes, 148, 8)

/** The files of an archive, hidden ones left out. Throws a UserError when it is cut off or damaged. */
export const readTar = (bytes: Uint8Array, path: string): readonly TarEntry[] => {
  const found: TarEntry[] = []
  let longName: string | undefined
  for (let at = 0; at + blockSize <= bytes.length; ) {
    const block = bytes.subarray(at, at + blockSize)
    if (block.every(byte => byte === 0)) break
    if (!isTar(block)) throw new UserError('input', `${path} is a damaged tar archive: no header at byte ${at}`)
    const header = readHeader(block)
    const body = bytes.subarray(at + blockSize, at + blockSize + header.size)
    if (body.length < header.size) throw new UserError('input', `${path} is cut off: its last file ends in the middle`)
    at += blockSize + Math.ceil(header.size / blockSize) * blockSize
    if (header.type === 'x') longName = paxPath(body)
    else if (header.type === 'L') longName = text(body, 0, body.length)
    else {
      const name = safeName(longName ?? header.name)
      if ((header.type === '0' || header.type === '\0') && name !== undefined) found.push({ name, bytes: body })
      longName = undefined
    }
  }
  return found
}

const readHeader = (block: Uint8Array): Header => {
  const prefix = text(block, 345, 155)
  const name = text(block, 0, 100)
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    size: octal(block, 124, 12),
    type: String.fromCharCode(block[156] ?? 0),
  }
}

/** Text up to the first zero. */
const text = (bytes: Uint8Array, start: number, length: number): string => {
  const field = bytes.subarray(start, start + length)
  const end = field.indexOf(0)
  return Buffer.from(end < 0 ? field : field.subarray(0, end)).toString('utf8')
}

/** Octal digits; 0 for what is no number, which then fails as a checksum. */
const octal = (bytes: Uint8Array, start: number, length: number): number => {
  const digits = text(bytes, start, length).trim()
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : 0
}

/** The sum of a header's bytes, its own field counted as eight spaces. */
const checksum = (bytes: Uint8Array): number => {
  let sum = 8 * 0x20
  for (let at = 0; at < blockSize; at++) if (at < 148 || at >= 156) sum += bytes[at] ?? 0
  return sum
}

/** `LENGTH path=NAME\n` among the records of an extended header. */
const paxPath = (body: Uint8Array): string | undefined => /^\d+ path=(.*)$/m.exec(text(body, 0, body.length))?.[1]

const safeName = (name: string): string | undefined => {
  const parts = name.split('/').filter(part => part !== '' && part !== '.' && part !== '..')
  return parts.length === 0 || parts.at(-1)?.startsWith('.') ? undefined : parts.join('/')
}
