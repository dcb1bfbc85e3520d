import { quoteEnd } from './quote.ts'

/** Where a value lies: member names and list indexes from the root. A scan reuses it: copy what must last. */
export type Path = readonly (string | number)[]

export type Container = 'array' | 'object'

export interface ScanPlan {
  /** Whether the scan goes into a list or object, so that its elements come one by one; else it comes whole. */
  enters(path: Path, container: Container): boolean
  /** Whether a value is passed over, unparsed. */
  skips?(path: Path): boolean
  /** A list or object that is gone into begins. */
  open?(path: Path, container: Container): void
  /** Reads the text of a value in place of `JSON.parse`. Throws SyntaxError. */
  parse?(text: string, path: Path): unknown
  /** A value that is not gone into, parsed. */
  value(path: Path, value: unknown): void
}

/** The bytes are not one complete JSON value. `offset` counts bytes of the unpacked input. */
export class BrokenScan extends Error {
  readonly offset: number
  readonly truncated: boolean

  constructor(message: string, offset: number, truncated = false) {
    super(message)
    this.name = 'BrokenScan'
    this.offset = offset
    this.truncated = truncated
  }
}

/** Levels inside one another that are read; every recursion over a value is safe with these. */
export const maxDepth = 1000
export const tooDeep = `more than ${maxDepth} lists and objects inside one another`

interface Frame {
  readonly container: Container
  readonly path: (string | number)[]
}

type Expect = 'value' | 'first element' | 'first key' | 'key' | 'colon' | 'comma' | 'nothing'

const [tab, newline, carriage, space] = [0x09, 0x0a, 0x0d, 0x20]
const [quote, comma, colon, openArray, closeArray, openObject, closeObject] = [0x22, 0x2c, 0x3a, 0x5b, 0x5d, 0x7b, 0x7d]
const byteOrderMark = [0xef, 0xbb, 0xbf]

/**
 * Cuts JSON of any size into the elements that a plan asks for and parses each alone, so that memory is bounded by the
 * largest element. Fed chunk by chunk; a chunk may end anywhere, inside a character or an escape too.
 */
export class ElementScanner {
  private readonly plan: ScanPlan
  private readonly frames: Frame[] = []
  private expect: Expect = 'value'
  /** Bytes before the current chunk. */
  private before = 0
  /** A value or key that is being collected: its kind and what is open inside it. */
  private inside: 'none' | 'string' | 'nest' | 'scalar' = 'none'
  private isKey = false
  private isSkipped = false
  private depth = 0
  private inString = false
  /** An odd run of backslashes ended the last chunk: the next byte is escaped. */
  private escaped = false
  private readonly pieces: Uint8Array[] = []
  private startedAt = 0

  constructor(plan: ScanPlan) {
    this.plan = plan
  }

  push(chunk: Uint8Array): void {
    let at = 0
    while (at < chunk.length) at = this.inside === 'none' ? this.structure(chunk, at) : this.collect(chunk, at)
    this.before += chunk.length
  }

  /** Throws BrokenScan when the value is not complete. */
  end(): void {
    if (this.inside === 'scalar' && this.frames.length === 0) this.finish()
    if (this.expect !== 'nothing') throw new BrokenScan('JSON ends in the middle', this.before, true)
  }

  /** One byte of the structure that is gone into. */
  private structure(chunk: Uint8Array, at: number): number {
    const byte = chunk[at] ?? 0
    if (byte === space || byte === newline || byte === carriage || byte === tab) return at + 1
    switch (this.expect) {
      case 'first element':
        return byte === closeArray ? this.close(at) : this.begin(byte, chunk, at)
      case 'value':
        return this.begin(byte, chunk, at)
      case 'first key':
        return byte === closeObject ? this.close(at) : this.beginKey(byte, at)
      case 'key':
        return this.beginKey(byte, at)
      case 'colon':
        if (byte !== colon) throw this.unexpected(byte, at, 'a colon')
        this.expect = 'value'
        return at + 1
      case 'comma':
        return this.afterElement(byte, at)
      case 'nothing':
        if (byte !== 0) throw this.unexpected(byte, at, 'nothing after the end')
        return at + 1
    }
  }

  private afterElement(byte: number, at: number): number {
    const frame = this.frames.at(-1)
    if (frame === undefined) throw this.unexpected(byte, at, 'nothing after the end')
    if (byte === (frame.container === 'array' ? closeArray : closeObject)) return this.close(at)
    if (byte !== comma) throw this.unexpected(byte, at, 'a comma')
    this.expect = frame.container === 'array' ? 'value' : 'key'
    if (frame.container === 'array') frame.path[frame.path.length - 1] = Number(frame.path.at(-1)) + 1
    return at + 1
  }

  private begin(byte: number, chunk: Uint8Array, at: number): number {
    if (this.before + at < 3 && this.frames.length === 0 && byte === byteOrderMark[this.before + at]) return at + 1
    const container = byte === openArray ? 'array' : byte === openObject ? 'object' : undefined
    const path = this.path()
    if (container !== undefined && this.plan.enters(path, container)) {
      this.frames.push({ container, path: [...path, 0] })
      this.plan.open?.(path, container)
      this.expect = container === 'array' ? 'first element' : 'first key'
      return at + 1
    }
    this.start(container !== undefined ? 'nest' : byte === quote ? 'string' : 'scalar', at)
    this.isSkipped = this.plan.skips?.(path) ?? false
    return this.collect(chunk, at)
  }

  private beginKey(byte: number, at: number): number {
    if (byte !== quote) throw this.unexpected(byte, at, 'a key')
    this.start('string', at)
    this.isKey = true
    return at
  }

  private start(inside: 'string' | 'nest' | 'scalar', at: number): void {
    this.inside = inside
    this.startedAt = this.before + at
    this.depth = 0
    this.inString = false
    this.escaped = false
  }

  private close(at: number): number {
    this.frames.pop()
    this.expect = this.frames.length === 0 ? 'nothing' : 'comma'
    return at + 1
  }

  private path(): (string | number)[] {
    return this.frames.at(-1)?.path ?? []
  }

  /** Goes on with the value or key that is being collected; returns where the chunk is read up to. */
  private collect(chunk: Uint8Array, from: number): number {
    const end = this.inside === 'scalar' ? scalarEnd(chunk, from) : this.nestEnd(chunk, from)
    if (!this.isSkipped) this.pieces.push(chunk.subarray(from, end ?? chunk.length))
    if (end === undefined) return chunk.length
    this.finish()
    return end
  }

  /** The end of a string, list or object, past its last byte. A string is a nest of its own quotes. */
  private nestEnd(chunk: Uint8Array, from: number): number | undefined {
    let at = from
    while (at < chunk.length) {
      if (this.inString) {
        const end = quoteEnd(chunk, at, this.escaped)
        this.escaped = end.escaped
        if (end.at === undefined) return undefined
        this.inString = false
        at = end.at + 1
        if (this.depth === 0) return at
        continue
      }
      const byte = chunk[at]
      at++
      if (byte === quote) this.inString = true
      else if (byte === openArray || byte === openObject) {
        this.depth++
        if (this.frames.length + this.depth > maxDepth) throw new BrokenScan(tooDeep, this.before + at)
      } else if (byte === closeArray || byte === closeObject) {
        this.depth--
        if (this.depth === 0) return at
      }
    }
    return undefined
  }

  private finish(): void {
    this.inside = 'none'
    if (this.isSkipped) {
      this.isSkipped = false
      this.expect = this.frames.length === 0 ? 'nothing' : 'comma'
      return
    }
    const value = this.parse()
    if (this.isKey) {
      const frame = this.frames.at(-1)
      if (frame !== undefined) frame.path[frame.path.length - 1] = String(value)
      this.isKey = false
      this.expect = 'colon'
    } else {
      this.plan.value(this.path(), value)
      this.expect = this.frames.length === 0 ? 'nothing' : 'comma'
    }
  }

  private parse(): unknown {
    const [only] = this.pieces
    const bytes = this.pieces.length === 1 && only !== undefined ? only : Buffer.concat(this.pieces)
    this.pieces.length = 0
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
    try {
      return this.isKey || this.plan.parse === undefined ? JSON.parse(text) : this.plan.parse(text, this.path())
    } catch (cause) {
      throw new BrokenScan(cause instanceof Error ? cause.message : String(cause), this.startedAt)
    }
  }

  private unexpected(byte: number, at: number, expected: string): BrokenScan {
    return new BrokenScan(`expected ${expected}, found ${JSON.stringify(String.fromCharCode(byte))}`, this.before + at)
  }
}

const scalarEnd = (chunk: Uint8Array, from: number): number | undefined => {
  for (let at = from; at < chunk.length; at++) {
    const byte = chunk[at]
    if (byte === comma || byte === closeArray || byte === closeObject) return at
    if (byte === space || byte === newline || byte === carriage || byte === tab) return at
  }
  return undefined
}

/** Scans all of a source. */
export const scanElements = async (
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  plan: ScanPlan,
): Promise<void> => {
  const scanner = new ElementScanner(plan)
  for await (const chunk of source) scanner.push(chunk)
  scanner.end()
}
