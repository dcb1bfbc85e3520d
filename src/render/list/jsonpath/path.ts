import { ExactNumber } from '#model/exact-number.ts'

/** From the values that a path has reached to those behind them. */
export type Step =
  | { readonly kind: 'member'; readonly name: string }
  /** `.*` and `[*]`. */
  | { readonly kind: 'every' }
  | Slice
  /** `..`: the values themselves and all below them that have something inside, from the outermost inwards. */
  | { readonly kind: 'below' }
  | Filter
  /** `[a,b]`: what `a` reaches from all values, then what `b` does. */
  | { readonly kind: 'union'; readonly branches: readonly Path[] }

export type Path = readonly Step[]

/** Below 0 from the end of a list; `end` is the first that is left out. */
export interface Slice {
  readonly kind: 'slice'
  readonly start: number
  readonly end: number | undefined
  readonly step: number
}

/** `[?(@.a)]` asks whether there is such a value, whatever it is. */
export interface Filter {
  readonly kind: 'filter'
  readonly left: Operand
  readonly comparison?: { readonly operator: Operator; readonly right: Operand }
}

export type Operand = Path | Literal

export interface Literal {
  readonly literal: string | number | bigint | boolean
}

export const operators = ['==', '!=', '<', '<=', '>', '>='] as const
export type Operator = (typeof operators)[number]

/** What kubectl stops at, such as an index that a list does not have, reaches nothing here. */
export const reached = (path: Path, values: readonly unknown[]): readonly unknown[] =>
  path.reduce((found, step) => stepFrom(step, found), values)

const stepFrom = (step: Step, values: readonly unknown[]): readonly unknown[] => {
  switch (step.kind) {
    case 'union':
      return step.branches.flatMap(branch => reached(branch, values))
    case 'below':
      return values.flatMap(below)
    case 'every':
      return values.flatMap(inside)
    case 'member':
      return values.flatMap(value => memberOf(value, step.name))
    case 'slice':
      return values.flatMap(value => (Array.isArray(value) ? sliced(value, step) : []))
    case 'filter':
      return values.flatMap(value => (Array.isArray(value) ? value.filter(element => passes(step, element)) : []))
  }
}

const inside = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : isObject(value) ? Object.values(value) : []

const memberOf = (value: unknown, name: string): readonly unknown[] =>
  isObject(value) && Object.hasOwn(value, name) ? [value[name]] : []

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber)

export const below = (value: unknown): readonly unknown[] => {
  if (typeof value === 'string') return value === '' ? [] : [value]
  const found = inside(value)
  return found.length === 0 ? [] : [value, ...found.flatMap(below)]
}

const sliced = (list: readonly unknown[], slice: Slice): readonly unknown[] => {
  const isIn = isInSlice(slice, list.length)
  return list.filter((_, index) => isIn(index))
}

/** Which elements of a list of `length` a slice has; a length that is not known is needed only from the end. */
export const isInSlice = ({ start, end, step }: Slice, length: number): ((index: number) => boolean) => {
  const from = start < 0 ? start + length : start
  const to = end === undefined ? length : end < 0 ? end + length : end
  return index => index >= from && index < to && (index - from) % step === 0
}

export const passes = ({ left, comparison }: Filter, element: unknown): boolean => {
  const found = valuesOf(left, element)
  if (comparison === undefined) return found.length > 0
  const other = valuesOf(comparison.right, element)
  return found.length === 1 && other.length === 1 && compared(found[0], comparison.operator, other[0])
}

const valuesOf = (operand: Operand, element: unknown): readonly unknown[] =>
  'literal' in operand ? [operand.literal] : reached(operand, [element])

const compared = (a: unknown, operator: Operator, b: unknown): boolean => {
  const order = orderOf(comparable(a), comparable(b))
  switch (operator) {
    case '==':
      return order === 0
    case '!=':
      return order !== 0
    case '<':
      return order !== undefined && order < 0
    case '<=':
      return order !== undefined && order <= 0
    case '>':
      return order !== undefined && order > 0
    case '>=':
      return order !== undefined && order >= 0
  }
}

type Comparable = string | number | bigint | boolean | undefined

/** Whole numbers of any length are compared exactly. */
const comparable = (value: unknown): Comparable => {
  if (value instanceof ExactNumber) return numberOf(value.text)
  return typeof value === 'string' ||
    typeof value === 'number' ||
    typeof value === 'bigint' ||
    typeof value === 'boolean'
    ? value
    : undefined
}

export const numberOf = (text: string): number | bigint => {
  const number = Number(text)
  return Number.isSafeInteger(number) || !/^[+-]?\d+$/.test(text) ? number : BigInt(text)
}

/** Undefined where values are not alike enough to be compared. */
const orderOf = (a: Comparable, b: Comparable): number | undefined => {
  const isNumber = (value: Comparable) => typeof value === 'number' || typeof value === 'bigint'
  if (a === undefined || b === undefined || (typeof a !== typeof b && !(isNumber(a) && isNumber(b)))) return undefined
  return a < b ? -1 : a > b ? 1 : 0
}
