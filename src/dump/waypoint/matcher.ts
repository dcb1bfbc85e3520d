import { entriesAt, flagAt, objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import { predicateText } from './words/predicate.ts'

/** One thing that a branch of a matcher tree looks at; the values are alternatives. */
export interface Condition {
  readonly input: MatchInput | 'other'
  /** For `other`: what is looked at, in words. */
  readonly what: string
  readonly how: 'is' | 'begins'
  readonly values: readonly string[]
}

const inputs = {
  DestinationIPInput: 'address',
  DestinationPortInput: 'port',
  ApplicationProtocolInput: 'protocol',
  ServerNameInput: 'server name',
  TransportProtocolInput: 'transport',
  SourceIPInput: 'source',
  SourcePortInput: 'source port',
  DirectSourceIPInput: 'direct source',
  SourceTypeInput: 'source type',
} as const
type MatchInput = (typeof inputs)[keyof typeof inputs]

/** A way through the matcher tree. Of all leaves, in order, the first whose conditions hold is taken. */
export interface Leaf {
  readonly conditions: readonly Condition[]
  /** The chain that is named, or `undefined` for a branch that leads nowhere. */
  readonly chain: string | undefined
}

interface Input {
  readonly input: MatchInput | 'other'
  readonly what: string
}

const inputOf = (holder: unknown): Input => {
  const typed = objectAt(holder, 'input', 'typed_config')
  const type = (textAt(typed, '@type') ?? '').replace(/^.*\./, '')
  if (type in inputs) {
    const input = inputs[type as keyof typeof inputs]
    return { input, what: input }
  }
  const key = textAt(typed, 'key')
  return { input: 'other', what: key ?? textAt(holder, 'input', 'name') ?? type }
}

/** Every way through `matcher`, in the order in which Envoy prefers them (specs/waypoint.md §5.2). */
export function* leavesOf(matcher: unknown, above: readonly Condition[] = []): Iterable<Leaf> {
  for (const entry of objectsAt(matcher, 'matcher_list', 'matchers')) {
    const what = predicateText(objectAt(entry, 'predicate'))
    yield* branch(entry.on_match, [...above, { input: 'other', what, how: 'is', values: [] }])
  }
  const tree = objectAt(matcher, 'matcher_tree')
  if (tree !== undefined) yield* treeLeaves(tree, above)
  const otherwise = objectAt(matcher, 'on_no_match')
  if (otherwise !== undefined) yield* branch(otherwise, above)
}

/** An action that keeps matching is only recorded: what comes after it decides. */
function* branch(onMatch: unknown, conditions: readonly Condition[]): Iterable<Leaf> {
  if (flagAt(onMatch, 'keep_matching') === true) return
  const nested = objectAt(onMatch, 'matcher')
  if (nested !== undefined) yield* leavesOf(nested, conditions)
  else yield { conditions, chain: actionChain(objectAt(onMatch, 'action')) }
}

/** The chain is the value of the action, not the action's name. */
const actionChain = (action: unknown): string | undefined =>
  textAt(action, 'typed_config', 'value') ?? textAt(action, 'name')

function* treeLeaves(tree: EnvoyJson, above: readonly Condition[]): Iterable<Leaf> {
  const input = inputOf(tree)
  for (const [how, member] of [
    ['is', 'exact_match_map'],
    ['begins', 'prefix_match_map'],
  ] as const) {
    const entries = entriesAt(tree, member, 'map')
    const ordered = how === 'begins' ? entries.toSorted(([a], [b]) => b.length - a.length) : entries
    for (const { keys, onMatch } of sameActions(ordered))
      yield* branch(onMatch, [...above, { ...input, how, values: keys.map(unquoted) }])
  }
  const custom = objectAt(tree, 'custom_match')
  if (custom !== undefined) yield* customLeaves(custom, input, above)
}

/** Envoy quotes application protocols: `'h2c'`. */
const unquoted = (key: string): string => key.replace(/^'(.*)'$/, '$1')

/** Keys that name the same chain stand in one row. */
const sameActions = (
  entries: readonly (readonly [string, EnvoyJson])[],
): readonly { readonly keys: readonly string[]; readonly onMatch: EnvoyJson }[] => {
  const groups: { keys: string[]; onMatch: EnvoyJson; chain: string | undefined }[] = []
  const byChain = new Map<string, (typeof groups)[number]>()
  for (const [key, onMatch] of entries) {
    const chain = objectAt(onMatch, 'matcher') === undefined ? actionChain(objectAt(onMatch, 'action')) : undefined
    const known = chain === undefined ? undefined : byChain.get(chain)
    if (known !== undefined) {
      known.keys.push(key)
      continue
    }
    const group = { keys: [key], onMatch, chain }
    groups.push(group)
    if (chain !== undefined) byChain.set(chain, group)
  }
  return groups
}

function* customLeaves(custom: EnvoyJson, input: Input, above: readonly Condition[]): Iterable<Leaf> {
  const typed = objectAt(custom, 'typed_config')
  if (!(textAt(typed, '@type') ?? '').endsWith('.IPMatcher')) {
    const what = `${input.what} by ${textAt(custom, 'name') ?? 'an unknown matcher'}`
    yield { conditions: [...above, { input: 'other', what, how: 'is', values: [] }], chain: undefined }
    return
  }
  for (const { values, onMatch } of rangesByWidth(typed))
    yield* branch(onMatch, [...above, { ...input, how: 'is', values }])
}

interface Ranges {
  readonly values: readonly string[]
  readonly onMatch: unknown
  readonly free: number
}

/** The narrowest range is tried first; equals keep their order. `free` counts the address bits that a range leaves open. */
const rangesByWidth = (matcher: unknown): readonly Ranges[] =>
  objectsAt(matcher, 'range_matchers')
    .flatMap(entry => {
      const widths = new Map<number, string[]>()
      for (const range of objectsAt(entry, 'ranges')) {
        const address = textAt(range, 'address_prefix') ?? ''
        const length = typeof range.prefix_len === 'number' ? range.prefix_len : 0
        const free = (address.includes(':') ? 128 : 32) - length
        const values = widths.get(free) ?? []
        values.push(free === 0 ? address : `${address}/${length}`)
        widths.set(free, values)
      }
      return [...widths].map(([free, values]) => ({ values, onMatch: entry.on_match, free }))
    })
    .toSorted((a, b) => a.free - b.free)
