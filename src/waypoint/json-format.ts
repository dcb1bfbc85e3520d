import type { EnvoyJson } from '#model/envoy.ts'
import { type FormatSubject, renderJson } from './format.ts'

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

const isNothing = (value: Json): boolean =>
  value === null || (typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length === 0)

export interface Gaps {
  /** What stands in the middle of other text for a value that does not exist. */
  readonly missing: string
  /** Names without a value are left out; else they have null. */
  readonly omitted: boolean
}

const jsonOf = (template: unknown, subject: FormatSubject, gaps: Gaps): Json => {
  if (typeof template === 'string') return renderJson(template, subject, gaps.missing)
  if (typeof template === 'number' || typeof template === 'boolean') return template
  if (typeof template !== 'object' || template === null) return null
  if (Array.isArray(template)) {
    const items = template.map(item => jsonOf(item, subject, gaps))
    return gaps.omitted ? items.filter(item => !isNothing(item)) : items
  }
  const members = Object.entries(template)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, member]) => [name, jsonOf(member, subject, gaps)] as const)
  return Object.fromEntries(gaps.omitted ? members.filter(([, value]) => !isNothing(value)) : members)
}

/** The line that a `json_format` makes: names in order, numbers as such. */
export const jsonText = (template: EnvoyJson, subject: FormatSubject, gaps: Gaps): string =>
  `${JSON.stringify(jsonOf(template, subject, gaps))}\n`
