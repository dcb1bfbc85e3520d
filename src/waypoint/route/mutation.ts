import { flagAt, objectsAt, textAt, textsAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import { type FormatSubject, render } from '../format.ts'
import type { Headers } from '../headers.ts'

type Append = 'APPEND_IF_EXISTS_OR_ADD' | 'ADD_IF_ABSENT' | 'OVERWRITE_IF_EXISTS_OR_ADD' | 'OVERWRITE_IF_EXISTS'
const appends: readonly Append[] = ['ADD_IF_ABSENT', 'OVERWRITE_IF_EXISTS_OR_ADD', 'OVERWRITE_IF_EXISTS']

interface Change {
  readonly name: string
  readonly value: string
  readonly append: Append
}

const appendOf = (option: EnvoyJson): Append =>
  appends.find(known => known === textAt(option, 'append_action')) ??
  (flagAt(option, 'append') === false ? 'OVERWRITE_IF_EXISTS_OR_ADD' : 'APPEND_IF_EXISTS_OR_ADD')

/** Is told of a header that is left out because an operator of its format is not modelled. */
export type OnUnmodelled = (name: string, format: string) => void

/** `undefined` for a header that is left out because its value is empty, or not known. */
const readChange = (option: EnvoyJson, subject: FormatSubject, onUnmodelled: OnUnmodelled): Change | undefined => {
  const name = (textAt(option, 'header', 'key') ?? '').toLowerCase()
  const format = textAt(option, 'header', 'value') ?? ''
  const value = render(format, subject, '')
  if (value === undefined) onUnmodelled(name, format)
  if (value === undefined || (value === '' && flagAt(option, 'keep_empty_value') !== true)) return undefined
  return { name, value, append: appendOf(option) }
}

/** Applies one HeaderValueOption to `headers`, whose state before this group was `before`. */
const apply = ({ name, value, append }: Change, headers: Headers, before: Headers): void => {
  if (append === 'ADD_IF_ABSENT' && before.has(name)) return
  if (append === 'OVERWRITE_IF_EXISTS' && !before.has(name)) return
  if (append === 'OVERWRITE_IF_EXISTS' || append === 'OVERWRITE_IF_EXISTS_OR_ADD') headers.set(name, value)
  else headers.add(name, value)
}

const overwrites = (append: Append): boolean => append.startsWith('OVERWRITE')

export interface HeaderLists {
  readonly add: string
  readonly remove: string
}

export const requestLists: HeaderLists = { add: 'request_headers_to_add', remove: 'request_headers_to_remove' }
export const responseLists: HeaderLists = { add: 'response_headers_to_add', remove: 'response_headers_to_remove' }

/** One level of header mutations: removals, then overwrites, then additions (specs/waypoint.md §5.7.5). */
export const mutateHeaders = (
  level: EnvoyJson,
  lists: HeaderLists,
  headers: Headers,
  subject: FormatSubject,
  onUnmodelled: OnUnmodelled,
): void => {
  for (const name of textsAt(level, lists.remove))
    if (!name.startsWith(':') && name.toLowerCase() !== 'host') headers.remove(name)
  const changes = objectsAt(level, lists.add)
    .map(option => readChange(option, subject, onUnmodelled))
    .filter(change => change !== undefined)
  const before = headers.copy()
  for (const change of changes.filter(({ append }) => overwrites(append))) apply(change, headers, before)
  for (const change of changes.filter(({ append }) => !overwrites(append))) apply(change, headers, before)
}

/** Levels in the order of evaluation: the most specific first, unless the table says that it wins. */
export const mutationOrder = (levels: readonly EnvoyJson[], table: EnvoyJson): readonly EnvoyJson[] =>
  flagAt(table, 'most_specific_header_mutations_wins') === true ? levels.toReversed() : levels
