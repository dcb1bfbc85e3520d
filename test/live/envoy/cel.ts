import type { Random } from '../../support/random.ts'
import type { Json } from './json.ts'

/** Parsed CEL expressions (`google.api.expr.v1alpha1.Expr`), which is what a policy's condition holds. */
const name = (text: string): Json => ({ ident_expr: { name: text } })
const field = (operand: Json, text: string): Json => ({ select_expr: { operand, field: text } })
const text = (value: string): Json => ({ const_expr: { string_value: value } })
const number = (value: number): Json => ({ const_expr: { int64_value: `${value}` } })
const call = (operation: string, ...args: readonly Json[]): Json => ({ call_expr: { function: operation, args } })
const method = (target: Json, operation: string, ...args: readonly Json[]): Json => ({
  call_expr: { target, function: operation, args },
})

const request = (member: string): Json => field(name('request'), member)
const header = (key: string): Json => call('_[_]', request('headers'), text(key))
const keys = ['x-a', 'x-b', 'x-none', ':path', 'x-list'] as const
const words = ['a', 'ab', '1', 'foo', '/foo', 'GET', ''] as const

const value = (random: Random): Json =>
  random.pick<() => Json>([
    () => header(random.pick(keys)),
    () => header(random.pick(keys)),
    () => request(random.pick(['path', 'url_path', 'host', 'method', 'query', 'scheme'] as const)),
    () => field(name('connection'), 'requested_server_name'),
    () => text(random.pick(words)),
  ])()

const leaf = (random: Random): Json => {
  const operation = random.pick(['startsWith', 'endsWith', 'contains', 'matches'] as const)
  return random.pick<() => Json>([
    () => call(random.pick(['_==_', '_!=_'] as const), value(random), text(random.pick(words))),
    () => method(value(random), operation, text(random.pick(['a', '/foo', 'o', '[a-f]', '.*b'] as const))),
    () => call('@in', text(random.pick(keys)), request('headers')),
    () => call('@in', value(random), { list_expr: { elements: [text('a'), text('GET'), text('/foo')] } }),
    () => call(random.pick(['_<_', '_>=_'] as const), call('size', value(random)), number(random.below(6))),
    () => call('_==_', field(name('destination'), 'port'), number(random.pick([80, 443] as const))),
    () => field(name('connection'), 'mtls'),
    () => call('_>_', call('int', header('x-num')), number(3)),
    () => ({ const_expr: { bool_value: random.chance(0.5) } }),
    () => ({ select_expr: { operand: name('request'), field: 'headers', test_only: true } }),
  ])()
}

export const condition = (random: Random, depth = 0): Json => {
  if (depth > 1 || random.chance(0.5)) return leaf(random)
  const inner = (): Json => condition(random, depth + 1)
  return random.pick<() => Json>([
    () => call('_&&_', inner(), inner()),
    () => call('_||_', inner(), inner()),
    () => call('!_', inner()),
    () => call('_?_:_', inner(), inner(), inner()),
  ])()
}
