import type { Column } from './column.ts'

/** A row whose packed cells are found by its number. */
export interface Packed {
  readonly at: number
}

/** Texts that are kept as they are, so many that two bytes tell which: most columns have fewer. */
const heldTexts = 1 << 16
const chunkBytes = 1 << 20
/** Texts of a column that are looked up before they are stored again: cells repeat from row to row. */
const remembered = 1 << 12
const rowsOfPlaces = 1 << 14

/**
 * Cells that are written when their row is read, so that the record behind it need not be kept: of a long list a text takes
 * its bytes and two to five more, outside of the heap, where half a million rows fit.
 */
export class PackedCells<Row> {
  private readonly columns: readonly Column<Row>[]
  /** Where the texts of each column are: below `heldTexts` an index, else an offset in the chunks. */
  private readonly places: readonly Places[]
  private rows = 0
  private readonly held: string[] = []
  private readonly chunks: Buffer[] = []
  private used = chunkBytes
  private readonly known: readonly KnownPlaces[]

  constructor(columns: readonly Column<Row>[]) {
    this.columns = columns
    this.places = columns.map(() => new Places())
    this.known = columns.map(() => new KnownPlaces())
  }

  /** The number of the row. */
  add(row: Row): number {
    for (const [index, column] of this.columns.entries())
      this.places[index]?.set(this.rows, this.placeOf(column.text(row), this.known[index]))
    return this.rows++
  }

  /** The columns of packed rows; one with an order of its own is ordered by the number that its text begins with. */
  packed(): readonly Column<Packed>[] {
    return this.columns.map(({ order, text: _, ...column }, index) => {
      const text = ({ at }: Packed): string => this.cell(at, index)
      return { ...column, text, ...(order && { order: row => Number.parseFloat(text(row)) }) }
    })
  }

  private cell(row: number, column: number): string {
    const place = this.places[column]?.get(row) ?? 0
    return place < heldTexts ? (this.held[place] ?? '') : this.textAt(place - heldTexts)
  }

  private placeOf(text: string, known: KnownPlaces | undefined): number {
    const found = known?.find(text)
    if (found !== undefined) return found
    const place = this.held.length < heldTexts ? this.held.push(text) - 1 : this.store(text) + heldTexts
    known?.add(text, place)
    return place
  }

  /** Length, then the bytes; a text does not go over the end of a chunk. */
  private store(text: string): number {
    const length = Buffer.byteLength(text)
    if (this.used + length + longHead > (this.chunks.at(-1)?.length ?? 0)) {
      this.chunks.push(Buffer.allocUnsafeSlow(Math.max(chunkBytes, length + longHead)))
      this.used = 0
    }
    const chunk = this.chunks.at(-1)
    if (chunk === undefined) throw new Error('a chunk was just made')
    const place = (this.chunks.length - 1) * chunkBytes + this.used
    this.used = chunk.writeUInt8(Math.min(length, longLength), this.used)
    if (length >= longLength) this.used = chunk.writeUInt32LE(length, this.used)
    this.used += chunk.write(text, this.used)
    return place
  }

  private textAt(place: number): string {
    const chunk = this.chunks[Math.floor(place / chunkBytes)]
    const at = place % chunkBytes
    if (chunk === undefined) return ''
    const length = chunk.readUInt8(at)
    if (length < longLength) return chunk.toString('utf8', at + 1, at + 1 + length)
    return chunk.toString('utf8', at + longHead, at + longHead + chunk.readUInt32LE(at + 1))
  }
}

/** One byte of length, or this and four more. */
const longLength = 255
const longHead = 5

/** A number for each row of one column, of two bytes where no number of a block of rows needs more. */
class Places {
  private readonly blocks: (Uint16Array | Uint32Array)[] = []

  /** Rows come in their order. */
  set(row: number, place: number): void {
    const block = Math.floor(row / rowsOfPlaces)
    let places = this.blocks[block] ?? new Uint16Array(rowsOfPlaces)
    if (place >= heldTexts && places instanceof Uint16Array) places = Uint32Array.from(places)
    places[row % rowsOfPlaces] = place
    this.blocks[block] = places
  }

  get(row: number): number | undefined {
    return this.blocks[Math.floor(row / rowsOfPlaces)]?.[row % rowsOfPlaces]
  }
}

/** Where texts of one column are; given up where they hardly repeat, as those of names do. */
class KnownPlaces {
  private readonly places = new Map<string, number>()
  private hits = 0
  private isGivenUp = false

  find(text: string): number | undefined {
    if (this.isGivenUp) return undefined
    const place = this.places.get(text)
    if (place !== undefined) this.hits++
    return place
  }

  add(text: string, place: number): void {
    if (this.isGivenUp) return
    if (this.places.size >= remembered) {
      this.isGivenUp = this.hits < remembered
      this.places.clear()
      this.hits = 0
    }
    if (!this.isGivenUp) this.places.set(text, place)
  }
}

/** Texts that rows share: the same namespace of ten thousand rows is one text. */
export class SharedTexts {
  private readonly known = new Map<string, string>()

  of(text: string): string {
    const found = this.known.get(text)
    if (found !== undefined) return found
    if (this.known.size < remembered) this.known.set(text, text)
    return text
  }
}
