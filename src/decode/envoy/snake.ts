/** Maps keyed by names rather than by fields: their keys stay as they are, their values are messages. */
const maps = new Set([
  'map',
  'typedPerFilterConfig',
  'typedExtensionProtocolOptions',
  'extensionProtocolOptions',
  'typedFilterMetadata',
  'policies',
  'providers',
  'requirementMap',
  'typedDnsResolverConfig',
  'namedEndpoints',
])

/** Free-form structs: nothing below them is a field name. */
const structs = new Set(['filterMetadata', 'filter_metadata', 'staticLayer'])

const snakeName = (name: string): string =>
  /^[a-z][A-Za-z0-9]*[A-Z]/.test(name) ? name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`) : name

const isTypedStruct = (members: Readonly<Record<string, unknown>>): boolean => {
  const type = members['@type']
  return typeof type === 'string' && type.endsWith('.TypedStruct')
}

const memberToSnake = (key: string, value: unknown, typedStruct: boolean, parent: string): unknown => {
  if (structs.has(key) || (typedStruct && key === 'value') || (parent === 'node' && key === 'metadata')) return value
  return toSnake(value, key)
}

/**
 * Rewrites the lowerCamelCase field names of protobuf JSON to Envoy's snake_case.
 * `key` is the member that holds `value`: below a map only the values are messages.
 */
export const toSnake = (value: unknown, key = ''): unknown => {
  if (Array.isArray(value)) return value.map(element => toSnake(element, key))
  if (typeof value !== 'object' || value === null) return value
  const members = value as Readonly<Record<string, unknown>>
  const typedStruct = isTypedStruct(members)
  const keepNames = maps.has(key)
  return Object.fromEntries(
    Object.entries(members).map(([name, member]) =>
      keepNames ? [name, toSnake(member)] : [snakeName(name), memberToSnake(name, member, typedStruct, key)],
    ),
  )
}

/** True when `members` is written with lowerCamelCase names. */
export const isCamel = (members: Readonly<Record<string, unknown>>): boolean =>
  Object.keys(members).some(name => snakeName(name) !== name)
