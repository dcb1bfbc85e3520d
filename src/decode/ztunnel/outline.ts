/** What can be said of a dump before its records are read: which members it has and what shape they are. */
export interface MemberOutline {
  readonly container: 'array' | 'object' | 'other'
  /** The first key of a map and the first element of a list or map. */
  readonly firstKey?: string | undefined
  readonly first?: unknown
}

export type Outline = ReadonlyMap<string, MemberOutline>

/** The container of a section; a section of any other type holds nothing. */
export const containerOf = (value: unknown): MemberOutline['container'] => {
  if (Array.isArray(value)) return 'array'
  return typeof value === 'object' && value !== null ? 'object' : 'other'
}
