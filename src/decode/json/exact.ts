import { ExactNumber } from '#model/exact-number.ts'
import { escapePointer, type Issues } from './at.ts'
import { maxDepth, tooDeep } from './scan.ts'
import { spanAt } from './spans.ts'

export interface Exact {
  readonly value: unknown
  /** Pointers of members that an object has twice: `JSON.parse` keeps the last. */
  readonly repeated: readonly string[]
}

/**
 * `JSON.parse` that keeps numbers which no double has and tells repeated members. Nearly no text has either: the outline
 * tells it, so that the second, slower reading is rare. Throws SyntaxError, also for what is nested too deep.
 */
export const parseExactly = (text: string): Exact => {
  const value: unknown = JSON.parse(text)
  const span = spanAt(text, 0)
  if (span !== undefined && span.depth > maxDepth) throw new SyntaxError(tooDeep)
  if (span === undefined || (!span.longNumber && countMembers(value) === span.members)) return { value, repeated: [] }
  const repeated = repeatedMembers(text)
  return { value: span.longNumber ? withExactNumbers(text) : value, repeated }
}

/** Notes members that came several times below `pointer`. */
export const noteRepeated = (issues: Issues, pointer: string, repeated: readonly string[]): void => {
  for (const at of repeated)
    issues.list.push({
      severity: 'error',
      file: issues.file,
      at: `${pointer}${at}`,
      expected: 'a member once',
      found: 'it several times; the last one counts',
    })
}

const countMembers = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return 0
  let count = 0
  if (Array.isArray(value)) for (const element of value) count += countMembers(element)
  else for (const key in value) count += 1 + countMembers((value as Record<string, unknown>)[key])
  return count
}

const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*|[{}[\],:]/g

/** Numbers go through `JSON.parse` as texts under a prefix that the text does not have. */
const withExactNumbers = (text: string): unknown => {
  let prefix = 'number '
  while (text.includes(prefix)) prefix += '.'
  const marked = text.replace(tokens, token => (isInexact(token) ? JSON.stringify(prefix + token) : token))
  return JSON.parse(marked, (_, value: unknown) =>
    typeof value === 'string' && value.startsWith(prefix) ? new ExactNumber(value.slice(prefix.length)) : value,
  )
}

const isInexact = (token: string): boolean => /^[-\d]/.test(token) && !isExact(token)

/** Whether a double has the decimal value of a number's text. */
const isExact = (text: string): boolean => {
  const number = Number(text)
  return Number.isFinite(number) && digitsOf(text) === digitsOf(String(number))
}

/** Significant digits and the power of ten of the last one, by which equal values have equal texts. */
const digitsOf = (text: string): string => {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? []
  const digits = `${whole}${fraction}`.replace(/^0+/, '')
  if (digits === '') return `${sign}0`
  const significant = digits.replace(/0+$/, '')
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`
}

interface Level {
  readonly pointer: string
  /** Undefined in a list. */
  readonly keys: Set<string> | undefined
  key: string | number
}

/** Text that `JSON.parse` has accepted, token by token. */
const repeatedMembers = (text: string): readonly string[] => {
  const found: string[] = []
  const levels: Level[] = []
  let last = ''
  for (const [token] of text.matchAll(tokens)) {
    const level = levels.at(-1)
    if (token === '{' || token === '[') {
      const pointer = level === undefined ? '' : `${level.pointer}/${escapePointer(String(level.key))}`
      levels.push({ pointer, keys: token === '{' ? new Set() : undefined, key: 0 })
    } else if (token === '}' || token === ']') levels.pop()
    else if (token === ',' && typeof level?.key === 'number') level.key++
    else if (token === ':' && level?.keys !== undefined) {
      level.key = JSON.parse(last) as string
      if (level.keys.has(level.key)) found.push(`${level.pointer}/${escapePointer(level.key)}`)
      level.keys.add(level.key)
    }
    last = token
  }
  return [...new Set(found)]
}
