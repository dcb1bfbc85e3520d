type Members = Readonly<Record<string, unknown>>

/**
 * Keeps one copy of equal values: what an Envoy dump repeats for every chain (filters, access logs, routes) is then held
 * once. Values that are given are changed in place and must not be changed afterwards.
 */
export class Sharer {
  private readonly texts = new Map<string, string>()
  private readonly textHashes = new Map<string, Hash>()
  /** Lists and objects that came more than once, by hash; another one with the same hash stays as it came. */
  private readonly common = new Map<number, object>()
  /** Those that came once so far; forgotten when they are too many, so that unique values cost nothing. */
  private readonly recent = new Map<number, object>()
  /** Of the value that `share` returned last. */
  private hash: Hash = [0, 0]

  share(value: unknown): unknown {
    if (typeof value === 'string') return this.shareText(value)
    if (typeof value !== 'object' || value === null) {
      this.hash = this.hashOf(`${typeof value} ${String(value)}`)
      return value
    }
    return Array.isArray(value) ? this.shareList(value) : this.shareObject(value as Record<string, unknown>)
  }

  private shareText(text: string): string {
    this.hash = this.hashOf(text)
    const known = this.texts.get(text)
    if (known !== undefined) return known
    if (this.texts.size >= recentlySeen) this.texts.clear()
    this.texts.set(text, text)
    return text
  }

  private shareList(list: unknown[]): object {
    let hash = listSeed
    for (let index = 0; index < list.length; index++) {
      list[index] = this.share(list[index])
      hash = mixed(hash, this.hash)
    }
    return this.only(list, hash)
  }

  private shareObject(members: Record<string, unknown>): object {
    let hash = objectSeed
    for (const name in members) {
      members[name] = this.share(members[name])
      hash = mixed(mixed(hash, this.hashOf(name)), this.hash)
    }
    return this.only(members, hash)
  }

  private only(value: object, hash: Hash): object {
    this.hash = hash
    const key = hash[0] * 0x20_0000 + (hash[1] >>> 11)
    const known = this.common.get(key) ?? this.again(key, value)
    return known !== undefined && sameMembers(known as Members, value as Members) ? known : value
  }

  private again(key: number, value: object): object | undefined {
    const known = this.recent.get(key)
    if (known === undefined) {
      if (this.recent.size >= recentlySeen) this.recent.clear()
      this.recent.set(key, value)
    } else {
      this.recent.delete(key)
      this.common.set(key, known)
    }
    return known
  }

  private hashOf(text: string): Hash {
    const known = this.textHashes.get(text)
    if (known !== undefined) return known
    let [high, low] = textSeed
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index)
      high = Math.imul(high ^ code, 0x0100_0193)
      low = Math.imul(low + code, 0x85eb_ca6b) ^ (low >>> 13)
    }
    const hash: Hash = [high >>> 0, low >>> 0]
    if (text.length > longestKept) return hash
    if (this.textHashes.size >= recentlySeen) this.textHashes.clear()
    this.textHashes.set(text, hash)
    return hash
  }
}

/** Two halves of 32 bits. */
type Hash = readonly [high: number, low: number]

const recentlySeen = 100_000

/** Names and short values come again and again; the hash of a long text is cheap beside reading it. */
const longestKept = 40

const textSeed: Hash = [0x811c_9dc5, 0x9747_b28c]
const listSeed: Hash = [0x5bd1_e995, 0x1b87_3593]
const objectSeed: Hash = [0x27d4_eb2f, 0xcc9e_2d51]

const mixed = ([high, low]: Hash, [otherHigh, otherLow]: Hash): Hash => [
  (Math.imul(high ^ otherHigh, 0x85eb_ca6b) ^ (low >>> 15)) >>> 0,
  (Math.imul(low ^ otherLow, 0xc2b2_ae35) + (high >>> 13)) >>> 0,
]

/** Members are shared already, so that equal ones are identical. */
const sameMembers = (a: Members, b: Members): boolean => {
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const names = Object.keys(b)
  if (Object.keys(a).length !== names.length) return false
  return names.every(name => Object.hasOwn(a, name) && Object.is(a[name], b[name]))
}
