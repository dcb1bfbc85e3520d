/** Untyped JSON looked into by name: a missing member or one of another type is `undefined` or empty. */
type Json = Readonly<Record<string, unknown>>

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

export const member = (from: unknown, ...path: readonly string[]): unknown => {
  let value = from
  for (const name of path) {
    if (!isJson(value)) return undefined
    value = value[name]
  }
  return value
}

export const objectAt = (from: unknown, ...path: readonly string[]): Json | undefined => {
  const value = member(from, ...path)
  return isJson(value) ? value : undefined
}

export const textAt = (from: unknown, ...path: readonly string[]): string | undefined => {
  const value = member(from, ...path)
  return typeof value === 'string' ? value : undefined
}

/** 64-bit integers are strings in protobuf JSON. */
export const numberAt = (from: unknown, ...path: readonly string[]): number | undefined => {
  const value = member(from, ...path)
  if (typeof value === 'number') return value
  return typeof value === 'string' && value !== '' && Number.isFinite(Number(value)) ? Number(value) : undefined
}

export const flagAt = (from: unknown, ...path: readonly string[]): boolean | undefined => {
  const value = member(from, ...path)
  return typeof value === 'boolean' ? value : undefined
}

export const listAt = (from: unknown, ...path: readonly string[]): readonly unknown[] => {
  const value = member(from, ...path)
  return Array.isArray(value) ? value : []
}

export const objectsAt = (from: unknown, ...path: readonly string[]): readonly Json[] =>
  listAt(from, ...path).filter(isJson)

export const textsAt = (from: unknown, ...path: readonly string[]): readonly string[] =>
  listAt(from, ...path).filter((value): value is string => typeof value === 'string')

/** Members of a map field, as `[key, message]`. */
export const entriesAt = (from: unknown, ...path: readonly string[]): readonly (readonly [string, Json])[] =>
  Object.entries(objectAt(from, ...path) ?? {}).filter((entry): entry is [string, Json] => isJson(entry[1]))
