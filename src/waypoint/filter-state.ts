import { flagAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import { parseAddress } from './address.ts'
import type { FilterStateObject, Sharing } from './connection.ts'
import { type FormatSubject, render } from './format.ts'

const sharings: readonly Sharing[] = ['ONCE', 'TRANSITIVE']

/** Keys whose objects are addresses: a text that is none sets nothing (specs/waypoint.md §1.2). */
const addressKeys = new Set([
  'envoy.filters.listener.original_dst.local_ip',
  'envoy.filters.listener.original_dst.remote_ip',
  'envoy.network.transport_socket.original_dst_address',
])

const isObject = (key: string, text: string): boolean => !addressKeys.has(key) || parseAddress(text) !== undefined

/** The objects that one list of a set_filter_state filter makes; `unmodelled` names keys whose value is not known. */
export const filterStateFrom = (
  rules: readonly EnvoyJson[],
  subject: FormatSubject,
): { readonly objects: ReadonlyMap<string, FilterStateObject>; readonly unmodelled: readonly string[] } => {
  const objects = new Map<string, FilterStateObject>()
  const unmodelled: string[] = []
  for (const rule of rules) {
    const key = textAt(rule, 'object_key') ?? ''
    const format = textAt(rule, 'format_string', 'text_format_source', 'inline_string')
    const skipEmpty = flagAt(rule, 'skip_if_empty') === true
    const text = format === undefined ? undefined : render(format, subject, skipEmpty ? '' : '-')
    if (text === undefined) unmodelled.push(key)
    else if ((text !== '' || !skipEmpty) && isObject(key, text))
      objects.set(key, {
        text,
        shared: sharings.find(known => known === textAt(rule, 'shared_with_upstream')) ?? 'NONE',
      })
  }
  return { objects, unmodelled }
}
