import { member, objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import { stringMatchText } from './string-match.ts'

/** A predicate of a matcher list: `port = 80 and not source …`. */
export const predicateText = (predicate: unknown): string => {
  for (const [name, word] of [
    ['and_matcher', ' and '],
    ['or_matcher', ' or '],
  ] as const) {
    const parts = objectsAt(predicate, name, 'predicate').map(predicateText)
    if (parts.length > 0) return parts.length === 1 ? (parts[0] ?? '') : `(${parts.join(word)})`
  }
  const negated = objectAt(predicate, 'not_matcher')
  if (negated !== undefined) return `not ${predicateText(negated)}`
  const single = objectAt(predicate, 'single_predicate')
  if (single === undefined) return 'unknown predicate'
  const input = textAt(single, 'input', 'name') ?? 'input'
  const custom = textAt(single, 'custom_match', 'name')
  return custom === undefined ? `${input}=${stringMatchText(member(single, 'value_match'))}` : `${input} by ${custom}`
}

/** When a listener filter is left out: `ports 80,8080`. */
export const disabledText = (predicate: unknown): string => {
  const parts = objectsAt(predicate, 'or_match', 'rules').map(disabledText)
  if (parts.length > 0) return parts.join(',')
  const range = objectAt(predicate, 'destination_port_range')
  if (range !== undefined) {
    const [start, end] = [Number(range.start ?? 0), Number(range.end ?? 0)]
    return end === start + 1 ? `${start}` : `${start}-${end - 1}`
  }
  const negated = objectAt(predicate, 'not_match')
  if (negated !== undefined) return `all but ${disabledText(negated)}`
  return member(predicate, 'any_match') === true ? 'all' : 'unknown condition'
}
