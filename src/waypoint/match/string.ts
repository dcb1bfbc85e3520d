import { flagAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { Ternary } from '#model/evidence.ts'
import { fullMatch, type RegexTakes } from '../regex.ts'

export const ternary = (holds: boolean): Ternary => (holds ? 'yes' : 'no')

export const not = (holds: Ternary): Ternary => (holds === 'yes' ? 'no' : holds === 'no' ? 'yes' : 'unknown')

/** All must hold; one `no` settles it. */
export const every = <T>(items: readonly T[], holds: (item: T) => Ternary): Ternary => {
  let result: Ternary = 'yes'
  for (const item of items) {
    const found = holds(item)
    if (found === 'no') return 'no'
    if (found === 'unknown') result = 'unknown'
  }
  return result
}

/** One must hold; one `yes` settles it. */
export const some = <T>(items: readonly T[], holds: (item: T) => Ternary): Ternary =>
  not(every(items, item => not(holds(item))))

const lower = (text: string): string => text.replace(/[A-Z]+/g, letters => letters.toLowerCase())

const comparisons: Readonly<Record<string, (text: string, wanted: string) => boolean>> = {
  exact: (text, wanted) => text === wanted,
  prefix: (text, wanted) => text.startsWith(wanted),
  suffix: (text, wanted) => text.endsWith(wanted),
  contains: (text, wanted) => text.includes(wanted),
}

/** `envoy.type.matcher.v3.StringMatcher` (also the xds one). An unknown kind of matcher is `unknown`. */
export const stringMatches = (matcher: EnvoyJson, text: string, regexTakes?: RegexTakes): Ternary => {
  const regex = textAt(matcher, 'safe_regex', 'regex')
  if (regex !== undefined) return ternary(fullMatch(regex, text, regexTakes))
  const ignoreCase = flagAt(matcher, 'ignore_case') === true
  for (const kind in comparisons) {
    const wanted = textAt(matcher, kind)
    if (wanted === undefined) continue
    const compare = comparisons[kind]
    if (compare === undefined) break
    return ternary(ignoreCase ? compare(lower(text), lower(wanted)) : compare(text, wanted))
  }
  return 'unknown'
}
