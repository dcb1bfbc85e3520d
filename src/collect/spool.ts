import { close, createReadStream, open, write } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Closes what nobody can read any more; Node would do it too, but with a warning. */
const forgotten = new FinalizationRegistry<number>(descriptor => close(descriptor))

/**
 * A temporary file for what is too much for memory. It is gone when the process is, however it ends: its name is removed as
 * soon as it is open.
 */
export class Spool {
  private readonly descriptor: number
  private written = 0

  private constructor(descriptor: number) {
    this.descriptor = descriptor
    forgotten.register(this, descriptor)
  }

  static async open(): Promise<Spool> {
    const directory = await mkdtemp(join(tmpdir(), 'ambientctl-'))
    const descriptor = await promisify(open)(join(directory, 'spool'), 'wx+', 0o600)
    await rm(directory, { recursive: true })
    return new Spool(descriptor)
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await writeTo(this.descriptor, bytes, done, bytes.length - done)
      done += bytesWritten
      this.written += bytesWritten
    }
  }

  /** Reads from one place to before another. Holds on to the file for as long as somebody reads. */
  reader(start = 0, end = this.written): () => AsyncIterable<Uint8Array> {
    return () => this.chunks(start, end)
  }

  private async *chunks(start: number, end: number): AsyncGenerator<Uint8Array> {
    if (start < end) yield* createReadStream('', { fd: this.descriptor, start, end: end - 1, autoClose: false })
  }
}

const writeTo = promisify(write)
