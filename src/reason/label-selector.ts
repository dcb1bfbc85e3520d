import type { Ternary } from '#model/evidence.ts'
import { asRecord, list, text } from '#model/kubernetes.ts'

/** Labels of one object. Where not all of them are known, one that is not among them may be there. */
export interface Labels {
  readonly known: Readonly<Record<string, string>>
  readonly whole: boolean
}

export const wholeLabels = (known: Readonly<Record<string, string>>): Labels => ({ known, whole: true })

/** A Kubernetes label selector; an empty one matches everything. What the API would refuse is unknown. */
export const selectorMatches = (selector: unknown, labels: Labels): Ternary => {
  const { matchLabels, matchExpressions } = asRecord(selector)
  return every([
    ...Object.entries(asRecord(matchLabels)).map(([key, value]) => expressionHolds(key, 'In', [value], labels)),
    ...list(matchExpressions)
      .map(asRecord)
      .map(({ key, operator, values }) => expressionHolds(text(key) ?? '', operator, list(values), labels)),
  ])
}

/** `no` when one is, else `unknown` when one is. */
export const every = (parts: readonly Ternary[]): Ternary =>
  parts.includes('no') ? 'no' : parts.includes('unknown') ? 'unknown' : 'yes'

/** A key that is absent is not in any set: `NotIn` holds. */
const expressionHolds = (key: string, operator: unknown, values: readonly unknown[], labels: Labels): Ternary => {
  const value = Object.hasOwn(labels.known, key) ? labels.known[key] : undefined
  const test = operators.get(operator)
  if (test === undefined || (value === undefined && !labels.whole)) return 'unknown'
  return test(value, values) ? 'yes' : 'no'
}

const operators: ReadonlyMap<unknown, (value: string | undefined, values: readonly unknown[]) => boolean> = new Map([
  ['In', (value, values) => value !== undefined && values.includes(value)],
  ['NotIn', (value, values) => value === undefined || !values.includes(value)],
  ['Exists', value => value !== undefined],
  ['DoesNotExist', value => value === undefined],
])
