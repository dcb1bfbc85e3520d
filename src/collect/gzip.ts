import { pipeline, Readable } from 'node:stream'
import { createGunzip, gunzipSync } from 'node:zlib'
import { BrokenScan } from '#decode/json/scan.ts'
import { type Unreadable, unreadable } from './content.ts'

export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

/** All of it, up to a limit; never more memory than that, whatever the bytes promise. */
export const unpack = (bytes: Uint8Array, limit: number): Uint8Array | 'too large' | Unreadable => {
  try {
    return gunzipSync(bytes, { maxOutputLength: limit })
  } catch (error) {
    if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') return 'too large'
    const cut = codeOf(error) === 'Z_BUF_ERROR'
    return unreadable(cut ? 'is cut off: its gzip data ends in the middle' : 'has damaged gzip data', [
      'fetch it again; gunzip -t tests a file',
    ])
  }
}

/** Unpacked while it is read. Throws BrokenScan where the packed data is damaged. */
export const unzipped = async function* (packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let read = 0
  try {
    for await (const chunk of pipeline(Readable.from(packed), createGunzip(), () => undefined)) {
      read += chunk.length
      yield chunk
    }
  } catch (cause) {
    const code = codeOf(cause)
    if (!code?.startsWith('Z_')) throw cause
    const cut = code === 'Z_BUF_ERROR'
    throw new BrokenScan(cut ? 'gzip data ends in the middle' : 'damaged gzip data', read, cut)
  }
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
