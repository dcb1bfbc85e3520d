import { flagAt, member, objectAt, textAt } from '#decode/json/member.ts'
import { scalarText } from './scalar.ts'

/**
 * A string matcher in one word: `x`, `x*`, `*x`, `*x*`, `~regex`; with `(i)` where case does not matter.
 * Both spellings are read: `string_match {exact}` and the old `exact_match` beside the name.
 */
export const stringMatchText = (match: unknown): string => {
  const text = bare(match)
  return flagAt(match, 'ignore_case') === true ? `${text}(i)` : text
}

const bare = (match: unknown): string => {
  const exact = textAt(match, 'exact')
  if (exact !== undefined) return exact
  const prefix = textAt(match, 'prefix')
  if (prefix !== undefined) return `${prefix}*`
  const suffix = textAt(match, 'suffix')
  if (suffix !== undefined) return `*${suffix}`
  const contains = textAt(match, 'contains')
  if (contains !== undefined) return `*${contains}*`
  const regex = textAt(match, 'safe_regex', 'regex')
  if (regex !== undefined) return `~${regex}`
  return objectAt(match, 'custom') === undefined ? '' : `custom ${textAt(match, 'custom', 'name') ?? ''}`
}

/** A header matcher: `x-user=alice`, `!x-user`, `x-n in [1,5)`. */
export const headerMatchText = (match: unknown): string => {
  const name = textAt(match, 'name') ?? ''
  const inverted = flagAt(match, 'invert_match') === true
  const presence = flagAt(match, 'present_match')
  if (presence !== undefined) return presence === inverted ? `!${name}` : name
  const value = headerValue(match)
  if (value === undefined) return inverted ? `!${name}` : name
  const missing = flagAt(match, 'treat_missing_header_as_empty') === true ? ' (missing is empty)' : ''
  return `${name}${inverted ? '!' : ''}${value}${missing}`
}

const headerValue = (match: unknown): string | undefined => {
  const range = objectAt(match, 'range_match')
  if (range !== undefined) return ` in [${scalarText(range.start ?? 0)},${scalarText(range.end ?? 0)})`
  const modern = objectAt(match, 'string_match')
  const old = {
    exact: member(match, 'exact_match'),
    prefix: member(match, 'prefix_match'),
    suffix: member(match, 'suffix_match'),
    contains: member(match, 'contains_match'),
    safe_regex: member(match, 'safe_regex_match'),
  }
  const text = stringMatchText(modern ?? old)
  return text === '' && modern === undefined && old.exact === undefined ? undefined : `=${text}`
}
