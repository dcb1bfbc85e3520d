import type { NonEmpty } from '#model/evidence.ts'

/** What has the same key, in the order in which each key came first. */
export const together = <T>(all: Iterable<T>, keyOf: (one: T) => string): readonly NonEmpty<T>[] => {
  const groups = new Map<string, [T, ...T[]]>()
  for (const one of all) {
    const key = keyOf(one)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [one])
    else group.push(one)
  }
  return [...groups.values()]
}

/** `a`; `a, b and 7 more`. */
export const someOf = (names: readonly string[], most = 3): string => {
  const told = [...new Set(names)]
  const rest = told.length - most
  return rest > 0 ? `${told.slice(0, most).join(', ')} and ${rest} more` : told.join(', ')
}

/** Objects of one finding: reports get no longer with the mesh. */
export const mostObjects = 50
