/** How a list that was found compares with the list that should be there, order included. */
export interface Alignment<T> {
  readonly missing: readonly string[]
  /** Not wanted at all. */
  readonly extra: readonly T[]
  /** Wanted, but at another place. */
  readonly misplaced: readonly T[]
}

/** Aligns by the longest common subsequence of keys; what has no key is extra. */
export const align = <T>(
  wanted: readonly string[],
  found: readonly T[],
  keyOf: (item: T) => string | undefined,
): Alignment<T> => {
  const keys = found.map(keyOf)
  const lengths = lengthsOf(wanted, keys)
  const missing: string[] = []
  const stray: T[] = []
  let place = 0
  let index = 0
  while (place < wanted.length || index < found.length) {
    const want = wanted[place]
    if (want !== undefined && index < found.length && keys[index] === want) {
      place += 1
      index += 1
    } else if (index >= found.length || (lengths[place + 1]?.[index] ?? -1) > (lengths[place]?.[index + 1] ?? -1)) {
      if (want !== undefined) missing.push(want)
      place += 1
    } else {
      stray.push(...found.slice(index, index + 1))
      index += 1
    }
  }
  const extra: T[] = []
  const misplaced: T[] = []
  for (const item of stray) {
    const place = missing.indexOf(keyOf(item) ?? '')
    if (place >= 0) missing.splice(place, 1)
    const list = place >= 0 ? misplaced : extra
    list.push(item)
  }
  return { missing, extra, misplaced }
}

/** `[i][j]`: length of the longest common subsequence of what follows place i and index j. */
const lengthsOf = (
  wanted: readonly string[],
  keys: readonly (string | undefined)[],
): readonly (readonly number[])[] => {
  const lengths = Array.from({ length: wanted.length + 1 }, () => new Array<number>(keys.length + 1).fill(0))
  for (let place = wanted.length - 1; place >= 0; place--)
    for (let index = keys.length - 1; index >= 0; index--) {
      const row = lengths[place]
      const below = lengths[place + 1]
      if (row === undefined || below === undefined) continue
      row[index] =
        wanted[place] === keys[index] ? (below[index + 1] ?? 0) + 1 : Math.max(below[index] ?? 0, row[index + 1] ?? 0)
    }
  return lengths
}
