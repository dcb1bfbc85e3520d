import { UserError } from '#errors.ts'
import {
  type Filter,
  type Literal,
  numberOf,
  type Operand,
  type Operator,
  operators,
  type Path,
  type Step,
} from './path.ts'

export type Part = { readonly kind: 'text'; readonly text: string } | PathPart
export type PathPart =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'range'; readonly path: Path; readonly parts: Part[] }

/** A template of kubectl's `-o jsonpath`: `{range [*]}{.name}{"\\n"}{end}`. Throws a UserError for a text that is none. */
export const readParts = (text: string): readonly Part[] => {
  const open: [Part[], ...Part[][]] = [[]]
  const from = new Reader(text)
  for (;;) {
    const [into] = open
    const plain = from.take(/[^{]+/y)
    if (plain !== undefined) into.push({ kind: 'text', text: plain })
    const { rest } = from
    if (from.take(/\{/y) === undefined) break
    if (from.take(/ *range(?=[\s[\]$@{}.,])/y) !== undefined) {
      const parts: Part[] = []
      into.push({ kind: 'range', path: readPath(from), parts })
      open.unshift(parts)
    } else if (from.take(/ *end *(?=\})/y) === undefined) into.push(readValue(from))
    else if (open.shift() === undefined || open[0] === undefined) throw faulty('{end} ends no {range}')
    if (from.take(/\}/y) === undefined) throw faulty(`it is not understood from "${rest}" on`)
  }
  if (open.length > 1) throw faulty('a {range} has no {end}')
  return open[0]
}

export const faulty = (what: string): UserError =>
  new UserError('usage', `the template of -o jsonpath cannot be used: ${what}`, {
    next: [`-o jsonpath='{range [*]}{.name}{"\\n"}{end}', with the members that -o json shows`],
  })

class Reader {
  private readonly text: string
  private at = 0

  constructor(text: string) {
    this.text = text
  }

  get rest(): string {
    return this.text.slice(this.at)
  }

  /** What a sticky pattern finds here: its group, or all of it. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)
    if (found === null) return undefined
    this.at = pattern.lastIndex
    return found[1] ?? found[0]
  }
}

const readValue = (from: Reader): Part => {
  const literal = readLiteral(from)
  return literal === undefined
    ? { kind: 'path', path: readPath(from) }
    : { kind: 'text', text: String(literal.literal) }
}

const readLiteral = (from: Reader): Literal | undefined => {
  from.take(blank)
  const literal = from.take(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[+-]?\d[\d.]*|true|false/y)
  from.take(blank)
  if (literal === undefined) return undefined
  if (/^["']/.test(literal)) return { literal: unquoted(literal) }
  if (literal === 'true' || literal === 'false') return { literal: literal === 'true' }
  if (Number.isNaN(Number(literal))) throw faulty(`${literal} is no number`)
  return { literal: numberOf(literal) }
}

const blank = / */y

/** `@` and `$` name what the path begins at, as nothing does. */
const readPath = (from: Reader): Path => {
  const steps: Step[] = []
  for (;;) {
    from.take(/[ @$]*/y)
    const step = readStep(from)
    if (step === undefined) return steps
    if (step.kind === 'below' && steps.at(-1)?.kind === 'below') throw faulty('".." follows ".."')
    if (step.kind !== 'member' || step.name !== '') steps.push(step)
  }
}

const memberName = String.raw`((?:\\.|[^\\\s.,[\]$@{}])`

const readStep = (from: Reader): Step | undefined => {
  if (from.take(/\.\./y) !== undefined) return { kind: 'below' }
  if (from.take(/\.\*(?=[\s.,[\]$@{}]|$)/y) !== undefined) return { kind: 'every' }
  const name =
    from.take(new RegExp(String.raw`\.${memberName}*)`, 'y')) ??
    from.take(new RegExp(String.raw`(?<=\.\.)(?=[\p{L}\p{Nd}_])${memberName}+)`, 'uy'))
  if (name !== undefined) return { kind: 'member', name: name.replaceAll('\\', '') }
  const filter = from.take(/\[\?\(((?:[^"')\n]|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')*)\)\]/y)
  if (filter !== undefined) return readFilter(filter)
  const inBrackets = from.take(/\[((?:[^\]"'\n]|"[^"\n]*"|'[^'\n]*')*)\]/y)
  return inBrackets === undefined ? undefined : readBrackets(inBrackets)
}

const readFilter = (text: string): Filter => {
  const [, left, operator, right] = /^([^!<>=]+)([!<>=]+)(.+)$/.exec(text) ?? []
  if (left === undefined || operator === undefined || right === undefined)
    return { kind: 'filter', left: readOperand(text) }
  if (!isOperator(operator)) throw faulty(`${operator} compares nothing: ${operators.join(' ')} do`)
  return { kind: 'filter', left: readOperand(left), comparison: { operator, right: readOperand(right) } }
}

const isOperator = (text: string): text is Operator => operators.some(operator => operator === text)

const readOperand = (text: string): Operand => {
  const from = new Reader(text)
  const operand = readLiteral(from) ?? readPath(from)
  if (from.rest !== '') throw faulty(`"${from.rest}" is not understood in a filter`)
  return operand
}

/** The inside of `[…]`. */
const readBrackets = (text: string): Step => {
  const [first = '', ...others] = text.match(/(?:[^,"']|"[^"]*"|'[^']*')+/g) ?? []
  if (others.length > 0)
    return { kind: 'union', branches: [first, ...others].map(branch => [readBrackets(branch.trim())]) }
  if (text === '*') return { kind: 'every' }
  if (/^(?:"[^"]*"|'[^']*')$/.test(text)) return { kind: 'member', name: text.slice(1, -1).replaceAll('\\', '') }
  const [, start, end, step] = /^(-?\d+|(?=:))(?::(-?\d*))?(?::(\d*))?$/.exec(text) ?? []
  if (start === undefined) throw faulty(`[${text}] selects nothing`)
  return sliceOf(start, end, step, !text.includes(':'))
}

const sliceOf = (start: string, end = '', step = '', isOne = false): Step => {
  const from = Number(start)
  const to = isOne ? (from === -1 ? undefined : from + 1) : end === '' ? undefined : Number(end)
  if (Number(step || 1) === 0) throw faulty('a step of 0 leads nowhere')
  return { kind: 'slice', start: from, end: to, step: Number(step || 1) }
}

const escaped = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3})|(.))/g

const unquoted = (quoted: string): string =>
  quoted.slice(1, -1).replaceAll(escaped, (found, ...groups) => {
    const [byte, short, long, octal, letter] = groups as readonly (string | undefined)[]
    const hex = byte ?? short ?? long
    if (hex !== undefined) return character(Number.parseInt(hex, 16), found)
    if (octal !== undefined) return character(Number.parseInt(octal, 8), found)
    const meant = letter === quoted[0] ? letter : escapes[letter ?? '']
    if (meant === undefined) throw faulty(`${found} stands for nothing in ${quoted}`)
    return meant
  })

const escapes: Readonly<Record<string, string | undefined>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\u0007',
  b: '\b',
  f: '\f',
  v: '\v',
  '\\': '\\',
}

const character = (code: number, found: string): string => {
  if (code > 0x10_ffff) throw faulty(`${found} is no character`)
  return String.fromCodePoint(code)
}
