import { close, createReadStream, open, write } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline, type Readable } from 'node:stream'
import { promisify } from 'node:util'
import { createGunzip } from 'node:zlib'
import { wholeLimit } from '../limits.ts'

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

/** Closes what nobody can read any more; Node would do it too, but with a warning. */
const forgotten = new FinalizationRegistry<number>(descriptor => close(descriptor))

/** A temporary file that is gone when the process is, however it ends: its name is removed as soon as it is open. */
class Spool {
  private readonly descriptor: number

  private constructor(descriptor: number) {
    this.descriptor = descriptor
    forgotten.register(this, descriptor)
  }

  static async open(): Promise<Spool> {
    const directory = await mkdtemp(join(tmpdir(), 'ambientctl-'))
    const descriptor = await promisify(open)(join(directory, 'answer'), 'wx+', 0o600)
    await rm(directory, { recursive: true })
    return new Spool(descriptor)
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let written = 0; written < bytes.length; )
      written += (await writeTo(this.descriptor, bytes, written, bytes.length - written)).bytesWritten
  }

  /** Holds on to the file for as long as somebody reads. */
  reader(): () => AsyncIterable<Uint8Array> {
    return () => this.chunks()
  }

  private async *chunks(): AsyncGenerator<Uint8Array> {
    yield* createReadStream('', { fd: this.descriptor, start: 0, autoClose: false }) as AsyncIterable<Uint8Array>
  }
}

const writeTo = promisify(write)
