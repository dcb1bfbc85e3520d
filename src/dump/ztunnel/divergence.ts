export type DivergentKind = 'workload' | 'service' | 'policy'

/** One resource that not every ztunnel holds the same. */
export interface Divergence {
  readonly kind: DivergentKind
  readonly key: string
  /** Files by their content, the most common first; the last group may be `absent`. */
  readonly variants: readonly Variant[]
}

export interface Variant {
  readonly files: readonly string[]
  readonly content: 'present' | 'absent'
  /** Members that differ from the most common content. */
  readonly differs: readonly string[]
  /** Of these, the ones that are no lists or objects. */
  readonly values: readonly DifferingValue[]
}

export type Scalar = string | number | boolean | null

/** A member that only one of both has is undefined in the other. */
export interface DifferingValue {
  readonly member: string
  readonly here: Scalar | undefined
  readonly common: Scalar | undefined
}

/**
 * Holds the same kind of resource of several dumps against one another. What only orders differently is the same: maps,
 * and lists whose order ztunnel does not keep (specs/ztunnel.md §2.1).
 */
export class Comparison {
  private readonly kind: DivergentKind
  private readonly files: string[] = []
  private readonly found = new Map<string, Map<string, string[]>>()

  constructor(kind: DivergentKind) {
    this.kind = kind
  }

  /** Starts the next file; `add` counts for it. */
  begin(file: string): void {
    this.files.push(file)
  }

  add(key: string, value: unknown): void {
    const file = this.files.at(-1) ?? ''
    const content = canonicalText(value)
    const variants = this.found.get(key) ?? new Map<string, string[]>()
    this.found.set(key, variants)
    const files = variants.get(content)
    if (files === undefined) variants.set(content, [file])
    else if (!files.includes(file)) files.push(file)
  }

  divergent(): readonly Divergence[] {
    const found: Divergence[] = []
    for (const [key, variants] of this.found) {
      const holders = new Set([...variants.values()].flat())
      const absent = this.files.filter(file => !holders.has(file))
      if (variants.size > 1 || absent.length > 0)
        found.push({ kind: this.kind, key, variants: ranked(variants, absent) })
    }
    return found.sort((a, b) => (a.key < b.key ? -1 : 1))
  }
}

const ranked = (variants: ReadonlyMap<string, readonly string[]>, absent: readonly string[]): readonly Variant[] => {
  const sorted = [...variants].sort(([, a], [, b]) => b.length - a.length)
  const [common] = sorted
  const present = sorted.map(([content, files]) => ({
    files,
    content: 'present' as const,
    ...differing(common?.[0] ?? content, content),
  }))
  return absent.length === 0 ? present : [...present, { files: absent, content: 'absent', differs: [], values: [] }]
}

const differing = (common: string, here: string): Pick<Variant, 'differs' | 'values'> => {
  if (common === here) return { differs: [], values: [] }
  const [theirs, own] = [JSON.parse(common), JSON.parse(here)] as Record<string, unknown>[]
  const names = new Set([...Object.keys(theirs ?? {}), ...Object.keys(own ?? {})])
  const differs = [...names].filter(name => JSON.stringify(theirs?.[name]) !== JSON.stringify(own?.[name])).sort()
  const values = differs.flatMap(member => {
    const [inCommon, inOwn] = [theirs?.[member], own?.[member]]
    return isScalar(inCommon) && isScalar(inOwn) ? [{ member, here: inOwn, common: inCommon }] : []
  })
  return { differs, values }
}

const isScalar = (value: unknown): value is Scalar | undefined => typeof value !== 'object' || value === null

const unordered = new Set(['services', 'authorizationPolicies', 'illegalPorts'])

const canonicalText = (value: unknown): string => JSON.stringify(canonical(value))

const canonical = (value: unknown, name = ''): unknown => {
  if (Array.isArray(value)) {
    const elements = value.map(element => canonical(element))
    return unordered.has(name) ? elements.map(element => JSON.stringify(element)).sort() : elements
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, canonical(member, key)]),
  )
}
