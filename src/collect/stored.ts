import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import type { InputContent, InputFile } from '#decode/input.ts'
import { BrokenScan } from '#decode/json/scan.ts'
import { contentOf, unreadable } from './content.ts'
import { isGzip, unpack, unzipped } from './gzip.ts'
import { wholeLimit } from './limits.ts'

/** Bytes where they lie, packed or not. */
export interface Stored {
  readonly size: number
  whole(): Promise<Uint8Array>
  chunks(): AsyncIterable<Uint8Array>
}

export const onDisk = (path: string, size: number): Stored => ({
  size,
  whole: () => readFile(path),
  chunks: () => createReadStream(path),
})

export const inMemory = (bytes: Uint8Array): Stored => ({
  size: bytes.length,
  whole: () => Promise.resolve(bytes),
  chunks: () => inSlices(bytes),
})

/** `chunks` of a known length, such as a part of a larger file. */
export const inPieces = (size: number, chunks: () => AsyncIterable<Uint8Array>): Stored => ({
  size,
  whole: () => buffer(chunks()),
  chunks,
})

/** Bytes in which a tar archive shows that it is one. */
const startLength = 512

/** The first bytes, unpacked; none where they cannot be had, which is told when the whole is read. */
export const startOf = async (stored: Stored): Promise<{ readonly start: Uint8Array; readonly packed: boolean }> => {
  const pieces: Uint8Array[] = []
  let length = 0
  let packed = false
  try {
    for await (const piece of unpackedChunks(stored, () => (packed = true))) {
      pieces.push(piece)
      length += piece.length
      if (length >= startLength) break
    }
  } catch (error) {
    if (!(error instanceof BrokenScan || isSystemError(error))) throw error
  }
  return { start: Buffer.concat(pieces), packed }
}

/** Throws BrokenScan where packed data is damaged. */
export async function* unpackedChunks(stored: Stored, onPacked?: () => void): AsyncGenerator<Uint8Array> {
  let begun = false
  for await (const chunk of stored.chunks()) {
    if (!begun && isGzip(chunk)) {
      onPacked?.()
      return yield* unzipped(stored.chunks())
    }
    begun = true
    yield chunk
  }
}

/** JSON of a mesh is packed to about a twentieth. */
const usualPacking = 20

export const fileFrom = (
  stored: Stored,
  named: Pick<InputFile, 'path' | 'place' | 'alone'>,
  packed: boolean,
): InputFile => ({
  ...named,
  size: packed ? stored.size * usualPacking : stored.size,
  read: () => readStored(stored).catch((cause: unknown) => unreadable(`cannot be read: ${reasonOf(cause)}`)),
  bytes: () => unpackedChunks(stored),
})

const readStored = async (stored: Stored): Promise<InputContent> => {
  const large = { kind: 'large', bytes: () => unpackedChunks(stored) } as const
  if (stored.size > wholeLimit) return large
  const bytes = await stored.whole()
  if (!isGzip(bytes)) return contentOf(bytes)
  const unpacked = unpack(bytes, wholeLimit)
  if (unpacked === 'too large') return large
  return unpacked instanceof Uint8Array ? contentOf(unpacked) : unpacked
}

const sliceSize = 1 << 20

async function* inSlices(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += sliceSize) yield bytes.subarray(start, start + sliceSize)
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  ENOTDIR: 'a part of the path is no directory',
  ELOOP: 'too many links',
}

const isSystemError = (cause: unknown): cause is Error & { readonly code: string } =>
  cause instanceof Error && 'code' in cause && typeof cause.code === 'string'

export const reasonOf = (cause: unknown): string =>
  (isSystemError(cause) ? reasons[cause.code] : undefined) ?? (cause instanceof Error ? cause.message : String(cause))
