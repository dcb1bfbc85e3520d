import { flagAt, member, numberAt, objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { Ternary } from '#model/evidence.ts'
import { not, some, stringMatches, ternary } from './string.ts'

/** Dynamic metadata of a request: one struct per filter namespace. */
export type Metadata = ReadonlyMap<string, EnvoyJson>

const doubleMatches = (matcher: EnvoyJson, value: number): boolean => {
  const range = objectAt(matcher, 'range')
  return range === undefined
    ? value === numberAt(matcher, 'exact')
    : value >= (numberAt(range, 'start') ?? 0) && value < (numberAt(range, 'end') ?? 0)
}

/** `envoy.type.matcher.v3.ValueMatcher`; a missing value fails every kind (specs/waypoint-measured.md §2). */
const valueMatches = (matcher: EnvoyJson, value: unknown): Ternary => {
  if (value === undefined) return 'no'
  if ('null_match' in matcher) return ternary(value === null)
  const string = objectAt(matcher, 'string_match')
  if (string !== undefined) return typeof value === 'string' ? stringMatches(string, value) : 'no'
  const double = objectAt(matcher, 'double_match')
  if (double !== undefined) return ternary(typeof value === 'number' && doubleMatches(double, value))
  if ('bool_match' in matcher) return ternary(value === matcher.bool_match)
  if ('present_match' in matcher) return ternary(matcher.present_match === (value !== null))
  const list = objectAt(matcher, 'list_match', 'one_of')
  if (list !== undefined) return Array.isArray(value) ? some(value, element => valueMatches(list, element)) : 'no'
  const alternatives = objectAt(matcher, 'or_match')
  if (alternatives !== undefined)
    return some(objectsAt(alternatives, 'value_matchers'), alternative => valueMatches(alternative, value))
  return 'unknown'
}

const keysOf = (matcher: EnvoyJson): readonly string[] =>
  objectsAt(matcher, 'path').map(segment => textAt(segment, 'key') ?? '')

/** `envoy.type.matcher.v3.MetadataMatcher`: `filter` names the namespace, `path` the way into it. */
export const metadataMatches = (matcher: EnvoyJson, metadata: Metadata): Ternary => {
  const value = member(metadata.get(textAt(matcher, 'filter') ?? ''), ...keysOf(matcher))
  const wanted = objectAt(matcher, 'value')
  const holds = wanted === undefined ? 'unknown' : valueMatches(wanted, value)
  return flagAt(matcher, 'invert') === true ? not(holds) : holds
}
