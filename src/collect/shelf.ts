import { wholeLimit } from './limits.ts'
import { Spool } from './spool.ts'
import { inMemory, inPieces, type Stored } from './stored.ts'

/** Takes the bytes of one file. */
interface Place {
  add(bytes: Uint8Array): void
  end(): Stored
}

/** Keeps files that can be read only once: in memory, and on disk when they become too many for that. */
export class Shelf {
  private held = 0
  private spooled = 0
  private readonly waiting: Uint8Array[] = []
  private spool: Promise<Spool> | undefined

  begin(size: number): Place {
    this.held += size
    return this.held <= wholeLimit ? placeInMemory() : this.placeOnDisk()
  }

  /** What was added is where it belongs. */
  async settled(): Promise<void> {
    if (this.waiting.length === 0) return
    this.spool ??= Spool.open()
    const spool = await this.spool
    for (const bytes of this.waiting.splice(0)) await spool.write(bytes)
  }

  private placeOnDisk(): Place {
    const start = this.spooled
    return {
      add: bytes => {
        this.waiting.push(bytes)
        this.spooled += bytes.length
      },
      end: () => {
        const end = this.spooled
        return inPieces(end - start, () => this.chunks(start, end))
      },
    }
  }

  private async *chunks(start: number, end: number): AsyncGenerator<Uint8Array> {
    await this.settled()
    if (this.spool !== undefined) yield* (await this.spool).reader(start, end)()
  }
}

const placeInMemory = (): Place => {
  const pieces: Uint8Array[] = []
  return { add: bytes => pieces.push(bytes), end: () => inMemory(Buffer.concat(pieces)) }
}
