import { entriesAt, flagAt, listAt, objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { EnvoyBehaviour } from '../behaviour.ts'
import type { Connection } from '../connection.ts'
import { every, not, some, stringMatches } from '../match/string.ts'
import { readInput } from './inputs.ts'
import { containing } from './ip-ranges.ts'

/** One node on the way through a matcher: what it looked at and which edge it took. */
export interface MatcherHop {
  readonly input: string
  readonly value?: string
  /** `undefined` when nothing matched here. */
  readonly edge?: string
}

export type MatcherResult =
  | { readonly kind: 'action'; readonly action: EnvoyJson; readonly hops: readonly MatcherHop[] }
  | { readonly kind: 'none'; readonly hops: readonly MatcherHop[] }
  | { readonly kind: 'unknown'; readonly what: string; readonly hops: readonly MatcherHop[] }

interface Evaluation {
  readonly connection: Connection
  readonly behaviour: EnvoyBehaviour
  readonly hops: MatcherHop[]
}

type Step = { readonly kind: 'action'; readonly action: EnvoyJson } | { readonly kind: 'none' } | UnknownStep
interface UnknownStep {
  readonly kind: 'unknown'
  readonly what: string
}
const none = { kind: 'none' } as const

const resolve = (onMatch: EnvoyJson | undefined, at: Evaluation): Step => {
  if (onMatch === undefined || flagAt(onMatch, 'keep_matching') === true) return none
  const action = objectAt(onMatch, 'action')
  if (action !== undefined) return { kind: 'action', action }
  const nested = objectAt(onMatch, 'matcher')
  return nested === undefined ? { kind: 'unknown', what: 'on_match' } : evaluate(nested, at)
}

const singlePredicate = (predicate: EnvoyJson, at: Evaluation) => {
  const { value, unknown } = readInput(objectAt(predicate, 'input', 'typed_config'), at.connection)
  const matcher = objectAt(predicate, 'value_match')
  if (unknown !== undefined || matcher === undefined) return 'unknown'
  return value === undefined ? 'no' : stringMatches(matcher, value)
}

const predicateHolds = (predicate: EnvoyJson, at: Evaluation): 'yes' | 'no' | 'unknown' => {
  const single = objectAt(predicate, 'single_predicate')
  if (single !== undefined) return singlePredicate(single, at)
  const negated = objectAt(predicate, 'not_matcher')
  if (negated !== undefined) return not(predicateHolds(negated, at))
  if (objectAt(predicate, 'and_matcher') !== undefined)
    return every(objectsAt(predicate, 'and_matcher', 'predicate'), inner => predicateHolds(inner, at))
  if (objectAt(predicate, 'or_matcher') !== undefined)
    return some(objectsAt(predicate, 'or_matcher', 'predicate'), inner => predicateHolds(inner, at))
  return 'unknown'
}

const walkList = (matchers: readonly EnvoyJson[], at: Evaluation): Step => {
  for (const [index, matcher] of matchers.entries()) {
    const holds = predicateHolds(objectAt(matcher, 'predicate') ?? {}, at)
    if (holds === 'unknown') return { kind: 'unknown', what: 'matcher predicate' }
    if (holds === 'no') continue
    at.hops.push({ input: 'matcher list', edge: `${index}` })
    const found = resolve(objectAt(matcher, 'on_match'), at)
    if (found.kind !== 'none') return found
  }
  return none
}

const walkPrefixes = (map: readonly (readonly [string, EnvoyJson])[], value: string, at: Evaluation): Step => {
  const candidates = map.filter(([prefix]) => value.startsWith(prefix)).sort(([a], [b]) => b.length - a.length)
  for (const [prefix, onMatch] of candidates) {
    at.hops.push({ input: 'prefix', value, edge: prefix })
    const found = resolve(onMatch, at)
    if (found.kind !== 'none' || !at.behaviour.prefixMapResumes) return found
  }
  return none
}

const walkRanges = (config: EnvoyJson, ip: string, at: Evaluation): Step => {
  const matchers = listAt(config, 'range_matchers')
  for (const [order, index] of containing(config, ip).entries()) {
    const matcher = matchers[index]
    // An exclusive range counts only as the narrowest one.
    if (order > 0 && flagAt(matcher, 'exclusive') === true) continue
    at.hops.push({ input: 'range', value: ip, edge: `${index}` })
    const found = resolve(objectAt(matcher, 'on_match'), at)
    if (found.kind !== 'none') return found
  }
  return none
}

const inputName = (input: EnvoyJson | undefined): string =>
  textAt(input, 'name') ?? textAt(input, 'typed_config', '@type') ?? ''

const walkTree = (tree: EnvoyJson, at: Evaluation): Step => {
  const input = objectAt(tree, 'input')
  const { value, unknown } = readInput(objectAt(input, 'typed_config'), at.connection)
  if (unknown !== undefined) return { kind: 'unknown', what: unknown }
  const name = inputName(input)
  if (value === undefined) {
    at.hops.push({ input: name })
    return none
  }
  const exact = objectAt(tree, 'exact_match_map', 'map')
  if (exact !== undefined) {
    const onMatch = Object.hasOwn(exact, value) ? objectAt(exact, value) : undefined
    at.hops.push({ input: name, value, ...(onMatch === undefined ? {} : { edge: value }) })
    return resolve(onMatch, at)
  }
  if (objectAt(tree, 'prefix_match_map') !== undefined)
    return walkPrefixes(entriesAt(tree, 'prefix_match_map', 'map'), value, at)
  const custom = objectAt(tree, 'custom_match', 'typed_config')
  if (textAt(custom, '@type')?.endsWith('.IPMatcher') === true && custom !== undefined)
    return walkRanges(custom, value, at)
  return { kind: 'unknown', what: `custom match ${textAt(custom, '@type') ?? ''}` }
}

const evaluate = (matcher: EnvoyJson, at: Evaluation): Step => {
  const tree = objectAt(matcher, 'matcher_tree')
  const list = objectAt(matcher, 'matcher_list')
  const found = tree !== undefined ? walkTree(tree, at) : walkList(objectsAt(list, 'matchers'), at)
  return found.kind === 'none' ? resolve(objectAt(matcher, 'on_no_match'), at) : found
}

/** Evaluates an `xds.type.matcher.v3.Matcher` for a connection (specs/waypoint.md §5.2). */
export const walkMatcher = (matcher: EnvoyJson, connection: Connection, behaviour: EnvoyBehaviour): MatcherResult => {
  const hops: MatcherHop[] = []
  const found = evaluate(matcher, { connection, behaviour, hops })
  return { ...found, hops }
}
