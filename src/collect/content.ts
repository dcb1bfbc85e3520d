import { gunzipSync } from 'node:zlib'
import type { InputContent } from '#decode/input.ts'

/** Bytes up to which a content is read as one string; above, it goes through the element scanner. */
export const wholeLimit = 64 * 1024 * 1024

/** Text of a file's bytes, unpacked; undefined when it is larger than `wholeLimit`. */
export const contentOf = (bytes: Uint8Array): InputContent | undefined => {
  if (isGzip(bytes)) return unpacked(bytes)
  if (bytes.length > wholeLimit) return undefined
  return textOf(bytes)
}

export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

const unpacked = (bytes: Uint8Array): InputContent | undefined => {
  try {
    const plain = gunzipSync(bytes, { maxOutputLength: wholeLimit })
    return isGzip(plain) ? unreadable('is gzip inside gzip', ['unpack it once: gunzip']) : textOf(plain)
  } catch (error) {
    if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') return undefined
    const why = gzipFailure(error)?.truncated ? 'is cut off: its gzip data ends in the middle' : 'has damaged gzip data'
    return unreadable(why, ['fetch it again; gunzip -t tests a file'])
  }
}

/** What an error of unpacking says about the data; undefined when it is none. */
export const gzipFailure = (error: unknown): { readonly truncated: boolean } | undefined => {
  const code = codeOf(error)
  return code?.startsWith('Z_') ? { truncated: code === 'Z_BUF_ERROR' } : undefined
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

const textOf = (bytes: Uint8Array): InputContent => {
  const packed = packedAs(bytes)
  if (packed !== undefined) return unreadable(`is a ${packed} archive`, ['unpack it and give the directory'])
  const text = decodeText(bytes)
  return text.includes('\0')
    ? unreadable('is a binary file', ['known inputs are text: JSON, YAML, rules; plain or gzip'])
    : { kind: 'text', text }
}

/** Byte order marks, UTF-16 as PowerShell's `>` writes it, and the zeros that pad a file are not content. */
const decodeText = (bytes: Uint8Array): string => {
  const utf16 =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? 'utf-16le'
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? 'utf-16be'
        : undefined
  return new TextDecoder(utf16 ?? 'utf-8').decode(bytes).replace(/\0+\s*$/, '')
}

const signatures: readonly (readonly [string, readonly number[]])[] = [
  ['zip', [0x50, 0x4b, 0x03, 0x04]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ['bzip2', [0x42, 0x5a, 0x68]],
]

const packedAs = (bytes: Uint8Array): string | undefined =>
  signatures.find(([, signature]) => signature.every((byte, index) => bytes[index] === byte))?.[0]

export const unreadable = (why: string, next: readonly string[] = []): InputContent => ({
  kind: 'unreadable',
  why,
  next,
})
