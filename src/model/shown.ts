import { hidden, isSecretName, withoutSecret, withoutSecretText } from './secrets.ts'

type Members = Readonly<Record<string, unknown>>

/**
 * A message of Envoy as it may be shown: values of headers, parameters and variables are left out by their names, where they
 * are added and where they are asked for, in both spellings of members. The value itself where nothing in it is secret.
 */
export const shown = (value: unknown): unknown => {
  if (typeof value === 'string') return withoutSecretText(value)
  if (typeof value !== 'object' || value === null) return value
  return Array.isArray(value) ? shownItems(value) : shownMembers(value as Members)
}

const shownItems = (items: readonly unknown[]): readonly unknown[] => {
  let changed: unknown[] | undefined
  for (let index = 0; index < items.length; index++) {
    const clean = shown(items[index])
    if (clean === items[index]) continue
    changed ??= [...items]
    changed[index] = clean
  }
  return changed ?? items
}

const shownMembers = (members: Members): Members => {
  const secret = secretName(members)
  let changed: Record<string, unknown> | undefined
  for (const name in members) {
    const value = members[name]
    const clean = shownMember(name, value, secret)
    if (clean === value) continue
    changed ??= { ...members }
    changed[name] = clean
  }
  return changed ?? members
}

const shownMember = (name: string, value: unknown, secret: string | undefined): unknown => {
  if (secret !== undefined && (addedMembers.has(name) || (askedMembers.has(name) && !isCookie(secret))))
    return shownValue(secret, value)
  if (typeof value === 'string' && isSecretName(name)) return withoutSecret(name, value)
  return shown(value)
}

/** A cookie that a route or a policy asks for steers requests: who is logged in cannot be known beforehand. */
const isCookie = (name: string): boolean => name.toLowerCase() === 'cookie'

/** Where the value stands of the header, parameter or variable that the element names. */
const addedMembers = new Set(['value', 'raw_value', 'rawValue'])

/** Where it stands what the value is compared with. */
const askedMembers = new Set([
  'string_match',
  'stringMatch',
  'exact_match',
  'exactMatch',
  'prefix_match',
  'prefixMatch',
  'suffix_match',
  'suffixMatch',
  'contains_match',
  'containsMatch',
  'safe_regex_match',
  'safeRegexMatch',
  'value_match',
  'valueMatch',
  'exact_match_map',
  'exactMatchMap',
  'prefix_match_map',
  'prefixMatchMap',
])

/** The secret that a header to add, a matcher of a header or parameter, or the input of a matcher tree is about. */
const secretName = (members: Members): string | undefined => {
  const { key, name, input } = members
  const config = membersOf(membersOf(input)?.typed_config ?? membersOf(input)?.typedConfig)
  return [key, name, config?.header_name, config?.headerName, config?.query_param, config?.queryParam].find(
    (named): named is string => typeof named === 'string' && isSecretName(named),
  )
}

/** Every text below, but not what says how it is compared or where it leads. */
const shownValue = (secret: string, value: unknown): unknown => {
  if (typeof value === 'string') return withoutSecret(secret, value)
  const members = membersOf(value)
  if (members === undefined) return value
  return Object.fromEntries(
    Object.entries(members).map(([name, inside]) => [
      name,
      name === 'map' ? withoutKeys(inside) : shownValue(secret, inside),
    ]),
  )
}

/** Keys of a map are what is compared; they are numbered, so that none replaces another. */
const withoutKeys = (map: unknown): unknown =>
  Object.fromEntries(Object.values(membersOf(map) ?? {}).map((next, index) => [`${hidden} ${index + 1}`, shown(next)]))

const membersOf = (value: unknown): Members | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : undefined
