import { flagAt, member, objectAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { Ternary } from '#model/evidence.ts'
import type { Headers } from '../headers.ts'
import type { RegexTakes } from '../regex.ts'
import { not, some, stringMatches, ternary } from './string.ts'

/** Strict decimal 64-bit integer as Envoy reads it: a sign, leading zeros and blanks around are accepted. */
const wholeNumber = (text: string): bigint | undefined => {
  const trimmed = text.trim()
  return /^[+-]?\d+$/.test(trimmed) ? BigInt(trimmed.replace(/^\+/, '')) : undefined
}

/** 64-bit integers are texts in a dump, so that none of their digits is lost. */
const bound = (range: EnvoyJson, name: string): bigint => {
  const value = member(range, name)
  if (typeof value === 'string') return wholeNumber(value) ?? 0n
  return Number.isInteger(value) ? BigInt(Number(value)) : 0n
}

const inNumberRange = (range: EnvoyJson, text: string): boolean => {
  const value = wholeNumber(text)
  if (value === undefined) return false
  return value >= bound(range, 'start') && value < bound(range, 'end')
}

/** The spellings before `string_match`, which old control planes still send. */
const legacyKinds = {
  exact_match: 'exact',
  prefix_match: 'prefix',
  suffix_match: 'suffix',
  contains_match: 'contains',
} as const

const valueTest = (matcher: EnvoyJson, takes: RegexTakes): ((value: string) => Ternary) | undefined => {
  const string = objectAt(matcher, 'string_match')
  if (string !== undefined) return value => stringMatches(string, value, takes)
  const range = objectAt(matcher, 'range_match')
  if (range !== undefined) return value => ternary(inNumberRange(range, value))
  const regex = objectAt(matcher, 'safe_regex_match')
  if (regex !== undefined) return value => stringMatches({ safe_regex: regex }, value, takes)
  for (const [legacy, kind] of Object.entries(legacyKinds)) {
    const wanted = textAt(matcher, legacy)
    // An empty legacy exact_match holds for every value.
    if (wanted === '' && kind === 'exact') return () => 'yes'
    if (wanted !== undefined) return value => stringMatches({ [kind]: wanted }, value)
  }
  return undefined
}

const known = new Set([
  'name',
  'invert_match',
  'treat_missing_header_as_empty',
  'present_match',
  'string_match',
  'range_match',
  'safe_regex_match',
  ...Object.keys(legacyKinds),
])

const valuesOf = (headers: Headers, name: string): readonly string[] =>
  headers.all(name.toLowerCase() === 'host' ? ':authority' : name)

export interface HeaderComparison {
  /** How several values of one header are compared. */
  readonly values: 'each' | 'joined'
  readonly regex: RegexTakes
}

/**
 * `envoy.config.route.v3.HeaderMatcher` (specs/waypoint.md §5.6). A missing header fails every matcher of values,
 * inverted or not, unless it is treated as empty.
 */
export const headerMatches = (matcher: EnvoyJson, headers: Headers, compared: HeaderComparison): Ternary => {
  if (Object.keys(matcher).some(key => !known.has(key))) return 'unknown'
  const inverted = flagAt(matcher, 'invert_match') === true
  const turn = (holds: Ternary): Ternary => (inverted ? not(holds) : holds)
  const values = valuesOf(headers, textAt(matcher, 'name') ?? '')
  const test = valueTest(matcher, compared.regex)
  const treatedAsEmpty = flagAt(matcher, 'treat_missing_header_as_empty') === true
  if (test === undefined) {
    const wantedPresent = member(matcher, 'present_match') !== false
    const present = values.length > 0 || treatedAsEmpty
    return turn(ternary(present === wantedPresent))
  }
  if (values.length === 0) return treatedAsEmpty ? turn(test('')) : 'no'
  return turn(compared.values === 'joined' || values.length === 1 ? test(values.join(',')) : some(values, test))
}
