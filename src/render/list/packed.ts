import type { Column } from './column.ts'

/** A row whose packed cells are found by its number. */
export interface Packed {
  readonly at: number
}

const firstRows = 1024
const chunkBytes = 1 << 20
/** Texts that are looked up before they are stored again: cells repeat from row to row. */
const remembered = 4096

/**
 * Cells that are written when their row is read, so that the record behind it need not be kept: a text takes its bytes
 * and four more, outside of the heap, where half a million rows fit.
 */
export class PackedCells<Row> {
  private readonly columns: readonly Column<Row>[]
  private places = new Uint32Array(firstRows)
  private size = 0
  private readonly chunks: Buffer[] = []
  private used = chunkBytes
  private known = new Map<string, number>()

  constructor(columns: readonly Column<Row>[]) {
    this.columns = columns
    this.places = new Uint32Array(firstRows * columns.length)
  }

  /** The number of the row. */
  add(row: Row): number {
    for (const column of this.columns) {
      if (this.size === this.places.length) this.grow()
      this.places[this.size] = this.placeOf(column.text(row))
      this.size++
    }
    return this.size / this.columns.length - 1
  }

  /** The columns of packed rows; one with an order of its own is ordered by the number in its text. */
  packed(): readonly Column<Packed>[] {
    return this.columns.map(({ order, text: _, ...column }, index) => {
      const text = ({ at }: Packed): string => this.textAt(this.places[at * this.columns.length + index] ?? 0)
      return { ...column, text, ...(order && { order: row => Number(text(row)) }) }
    })
  }

  private grow(): void {
    const places = new Uint32Array(this.places.length * 2)
    places.set(this.places)
    this.places = places
  }

  private placeOf(text: string): number {
    const known = this.known.get(text)
    if (known !== undefined) return known
    if (this.known.size >= remembered) this.known.clear()
    const place = this.store(text)
    this.known.set(text, place)
    return place
  }

  /** Length, then the bytes; a text does not go over the end of a chunk. */
  private store(text: string): number {
    const length = Buffer.byteLength(text)
    if (this.used + length + 4 > (this.chunks.at(-1)?.length ?? 0)) {
      this.chunks.push(Buffer.allocUnsafeSlow(Math.max(chunkBytes, length + 4)))
      this.used = 0
    }
    const chunk = this.chunks.at(-1)
    if (chunk === undefined) throw new Error('a chunk was just made')
    chunk.writeUInt32LE(length, this.used)
    chunk.write(text, this.used + 4)
    const place = (this.chunks.length - 1) * chunkBytes + this.used
    this.used += length + 4
    return place
  }

  private textAt(place: number): string {
    const chunk = this.chunks[Math.floor(place / chunkBytes)]
    const start = place % chunkBytes
    if (chunk === undefined) return ''
    return chunk.toString('utf8', start + 4, start + 4 + chunk.readUInt32LE(start))
  }
}
