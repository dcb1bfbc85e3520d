const chunkBytes = 1 << 20
const fewestSlots = 1 << 10
/** Of four slots three are taken at most. */
const fullness = 3 / 4
/** Two numbers: that of the prefix, and twice the bytes of the rest, one more where a character takes two of them. */
const headBytes = 8

/** Very many keys and their numbers: what ends with the last slash is held once, what follows it outside of the heap. */
export class PackedKeys {
  private readonly prefixes = new Map<string, number>()
  private readonly prefixTexts: string[] = []
  private readonly chunks: Buffer[] = []
  private used = chunkBytes
  private count = 0
  /** One more than the number of the key whose hash leads here; 0 where it is free. */
  private slots = new Uint32Array(fewestSlots)
  private hashes = new Int32Array(fewestSlots * fullness)
  private places = new Uint32Array(fewestSlots * fullness)

  get size(): number {
    return this.count
  }

  /** The number of a key, which gets one when it has none. */
  add(key: string): number {
    const [prefix, rest] = partsOf(key)
    const first = this.prefixes.get(prefix) ?? this.addPrefix(prefix)
    const hash = hashOf(first, rest)
    const slot = this.slotOf(first, rest, hash)
    const known = this.slots[slot] ?? 0
    if (known > 0) return known - 1
    if (this.count === this.places.length) {
      this.grow()
      return this.add(key)
    }
    this.hashes[this.count] = hash
    this.places[this.count] = this.store(first, rest)
    this.slots[slot] = ++this.count
    return this.count - 1
  }

  find(key: string): number | undefined {
    const [prefix, rest] = partsOf(key)
    const first = this.prefixes.get(prefix)
    const known = first === undefined ? 0 : (this.slots[this.slotOf(first, rest, hashOf(first, rest))] ?? 0)
    return known > 0 ? known - 1 : undefined
  }

  /** The key that has a number. */
  keyOf(number: number): string {
    const { first, rest } = this.read(this.places[number] ?? 0)
    return `${this.prefixTexts[first] ?? ''}${rest}`
  }

  private addPrefix(prefix: string): number {
    const number = this.prefixTexts.push(prefix) - 1
    this.prefixes.set(prefix, number)
    return number
  }

  /** Where a key is, or the free slot that it would take. */
  private slotOf(first: number, rest: string, hash: number): number {
    const last = this.slots.length - 1
    for (let slot = hash & last; ; slot = (slot + 1) & last) {
      const known = this.slots[slot] ?? 0
      if (known === 0 || (this.hashes[known - 1] === hash && this.isAt(this.places[known - 1] ?? 0, first, rest)))
        return slot
    }
  }

  private isAt(place: number, first: number, rest: string): boolean {
    const found = this.read(place)
    return found.first === first && found.rest === rest
  }

  private read(place: number): { readonly first: number; readonly rest: string } {
    const chunk = this.chunks[Math.floor(place / chunkBytes)]
    if (chunk === undefined) throw new RangeError(`no key is at ${place}`)
    const at = place % chunkBytes
    const length = chunk.readUInt32LE(at + 4)
    const begin = at + headBytes
    const rest = chunk.toString(length % 2 === 0 ? 'latin1' : 'utf16le', begin, begin + (length >>> 1))
    return { first: chunk.readUInt32LE(at), rest }
  }

  /** A text does not go over the end of a chunk; a chunk is longer than others for a text that is. */
  private store(first: number, rest: string): number {
    const isWide = wide.test(rest)
    const length = rest.length * (isWide ? 2 : 1)
    if (this.used + headBytes + length > chunkBytes) {
      this.chunks.push(Buffer.allocUnsafeSlow(Math.max(chunkBytes, headBytes + length)))
      this.used = 0
    }
    const chunk = this.chunks.at(-1)
    if (chunk === undefined) throw new RangeError('a chunk was just made')
    const at = this.used
    chunk.writeUInt32LE(first, at)
    chunk.writeUInt32LE(length * 2 + (isWide ? 1 : 0), at + 4)
    chunk.write(rest, at + headBytes, isWide ? 'utf16le' : 'latin1')
    this.used += headBytes + length
    return (this.chunks.length - 1) * chunkBytes + at
  }

  private grow(): void {
    this.slots = new Uint32Array(this.slots.length * 2)
    this.hashes = longer(this.hashes, new Int32Array(this.slots.length * fullness))
    this.places = longer(this.places, new Uint32Array(this.slots.length * fullness))
    const last = this.slots.length - 1
    for (let number = 0; number < this.count; number++) {
      let slot = (this.hashes[number] ?? 0) & last
      while (this.slots[slot] !== 0) slot = (slot + 1) & last
      this.slots[slot] = number + 1
    }
  }
}

const wide = /[^\u0000-\u00ff]/

const longer = <Numbers extends Int32Array | Uint32Array>(from: Numbers, to: Numbers): Numbers => {
  to.set(from)
  return to
}

/** What ends with the last slash, and what follows it. */
const partsOf = (key: string): readonly [prefix: string, rest: string] => {
  const end = key.lastIndexOf('/') + 1
  return [key.slice(0, end), key.slice(end)]
}

/** FNV-1a over the characters. */
const hashOf = (first: number, rest: string): number => {
  let hash = 0x811c9dc5 ^ first
  for (let index = 0; index < rest.length; index++) hash = Math.imul(hash ^ rest.charCodeAt(index), 0x01000193)
  return hash ^ (hash >>> 15)
}
