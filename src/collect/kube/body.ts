import type { IncomingMessage } from 'node:http'
import { pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { wholeLimit } from '../limits.ts'
import { Spool } from '../spool.ts'

/** A complete answer: in memory, or in a file without a name when it is too large for that. */
export type Body = Uint8Array | (() => AsyncIterable<Uint8Array>)

/** The bytes of an answer as they were before the server packed them. */
export const unpacked = (answer: IncomingMessage): Readable =>
  answer.headers['content-encoding'] === 'gzip' ? pipeline(answer, createGunzip(), () => undefined) : answer

/** Reads a stream to its end. Fails when the stream does, and when it ends before the sender meant it to. */
export const readBody = async (stream: Readable): Promise<Body> => {
  const chunks: Uint8Array[] = []
  let size = 0
  let spool: Spool | undefined
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    size += chunk.length
    chunks.push(chunk)
    if (size <= wholeLimit) continue
    spool ??= await Spool.open()
    for (const piece of chunks.splice(0)) await spool.write(piece)
  }
  return spool === undefined ? Buffer.concat(chunks) : spool.reader()
}
