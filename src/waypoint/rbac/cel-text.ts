import { member, objectAt, objectsAt, textAt } from '#decode/json/member.ts'

/** An expression that cannot be written as text: a macro or a message. */
export class UnwritableExpression extends Error {}

const infix: Readonly<Record<string, string>> = {
  '_==_': '==',
  '_!=_': '!=',
  '_<_': '<',
  '_<=_': '<=',
  '_>_': '>',
  '_>=_': '>=',
  '_&&_': '&&',
  '_||_': '||',
  '_+_': '+',
  '_-_': '-',
  '_*_': '*',
  '_/_': '/',
  '_%_': '%',
  '@in': 'in',
  _in_: 'in',
}

const prefix: Readonly<Record<string, string>> = { '!_': '!', '-_': '-' }

const constant = (value: unknown): string => {
  const text = textAt(value, 'string_value')
  if (text !== undefined) return JSON.stringify(text)
  if (typeof member(value, 'bool_value') === 'boolean') return `${member(value, 'bool_value')}`
  const whole = member(value, 'int64_value')
  if (whole !== undefined) return `${whole}`
  const unsigned = member(value, 'uint64_value')
  if (unsigned !== undefined) return `${unsigned}u`
  const double = member(value, 'double_value')
  if (double !== undefined) return Number.isInteger(Number(double)) ? `${double}.0` : `${double}`
  if (member(value, 'null_value') !== undefined) return 'null'
  throw new UnwritableExpression('constant')
}

/** How calls are written that Envoy does not carry out as CEL's library does. */
export interface CelCalls {
  /** `text.matches(pattern)`; `literal`: the pattern is a constant. */
  readonly matches: (text: string, pattern: string, literal: boolean) => string
  /** What `int`, `uint` and `double` are given. */
  readonly number: (text: string) => string
}

const plain: CelCalls = { matches: (text, pattern) => `${text}.matches(${pattern})`, number: text => text }

const conversions = new Set(['int', 'uint', 'double'])

/** `matches(text, pattern)` is the same as `text.matches(pattern)`. */
const matchesCall = (expression: unknown, calls: CelCalls): string => {
  const target = objectAt(expression, 'target')
  const [text, pattern] = [...(target === undefined ? [] : [target]), ...objectsAt(expression, 'args')]
  return calls.matches(celText(text, calls), celText(pattern, calls), objectAt(pattern, 'const_expr') !== undefined)
}

const call = (expression: unknown, calls: CelCalls): string => {
  const name = textAt(expression, 'function') ?? ''
  if (name === 'matches') return matchesCall(expression, calls)
  const args = objectsAt(expression, 'args').map(arg => celText(arg, calls))
  const [first = '', second = '', third = ''] = args
  if (infix[name] !== undefined) return `(${first} ${infix[name]} ${second})`
  if (prefix[name] !== undefined) return `(${prefix[name]}${first})`
  if (name === '_[_]') return `${first}[${second}]`
  if (name === '_?_:_') return `(${first} ? ${second} : ${third})`
  if (conversions.has(name)) return `${name}(${calls.number(first)})`
  const target = objectAt(expression, 'target')
  return `${target === undefined ? '' : `${celText(target, calls)}.`}${name}(${args.join(', ')})`
}

const select = (expression: unknown, calls: CelCalls): string => {
  const field = `${celText(objectAt(expression, 'operand'), calls)}.${textAt(expression, 'field') ?? ''}`
  return member(expression, 'test_only') === true ? `has(${field})` : field
}

const writers: Readonly<Record<string, (expression: unknown, calls: CelCalls) => string>> = {
  const_expr: constant,
  ident_expr: expression => textAt(expression, 'name') ?? '',
  select_expr: select,
  call_expr: call,
  list_expr: (expression, calls) =>
    `[${objectsAt(expression, 'elements')
      .map(element => celText(element, calls))
      .join(', ')}]`,
}

/** The text of a parsed CEL expression (`google.api.expr.v1alpha1.Expr`), which is all that a dump holds. */
export const celText = (expression: unknown, calls: CelCalls = plain): string => {
  for (const kind in writers) {
    const inner = objectAt(expression, kind)
    if (inner !== undefined) return writers[kind]?.(inner, calls) ?? ''
  }
  throw new UnwritableExpression(Object.keys(objectAt({ expression }, 'expression') ?? {}).join(', '))
}
