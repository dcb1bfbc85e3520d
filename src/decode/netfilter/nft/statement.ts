import type { Json } from '#model/netfilter.ts'
import type { Cursor } from './cursor.ts'
import { readConstant, readElement, readElements, readExpression, readRight, readSet } from './expression.ts'

/** The statements of one rule in the shape of `nft -j`. From the first that nobody knows on, the rest stays text. */
export const readStatements = (
  cursor: Cursor,
  source: string,
): { statements: readonly Json[]; comment: string | undefined } => {
  const statements: Json[] = []
  let comment: string | undefined
  while (!cursor.done) {
    const start = cursor.token()
    if (cursor.take('comment') !== undefined) {
      comment = cursor.word()
      continue
    }
    const statement = readStatement(cursor)
    if (statement === undefined) {
      const last = cursor.tokens.at(-1)
      statements.push({ unknown: source.slice(start?.from, last?.to) })
      return { statements, comment }
    }
    statements.push(statement)
  }
  return { statements, comment }
}

type StatementReader = (cursor: Cursor) => Json | undefined

const readStatement: StatementReader = cursor => {
  const reader = statementReaders[cursor.peek() ?? '']
  const place = cursor.mark()
  if (reader !== undefined) {
    cursor.next()
    const read = reader(cursor)
    if (read !== undefined) return read
    cursor.reset(place)
  }
  return readSetting(cursor) ?? readMatch(cursor)
}

const keyword =
  (name: string): StatementReader =>
  () => ({ [name]: null })

const chainVerdict =
  (name: string): StatementReader =>
  cursor => {
    const target = cursor.word()
    return target === undefined ? undefined : { [name]: { target } }
  }

const counter: StatementReader = cursor => {
  if (cursor.take('name') !== undefined) return { counter: cursor.word() ?? '' }
  if (cursor.take('packets') === undefined) return { counter: null }
  const packets = Number(cursor.word())
  if (cursor.take('bytes') === undefined) return undefined
  return { counter: { packets, bytes: Number(cursor.word()) } }
}

const reject: StatementReader = cursor => {
  if (cursor.take('with') === undefined) return { reject: null }
  const type = cursor.word()
  if (type === 'tcp') return cursor.take('reset') === undefined ? undefined : { reject: { type: 'tcp reset' } }
  cursor.take('type')
  const expr = cursor.word()
  return type === undefined || expr === undefined ? undefined : { reject: { type, expr } }
}

const logWords = new Set(['prefix', 'level', 'group', 'snaplen', 'queue-threshold', 'flags'])

const log: StatementReader = cursor => {
  const options: Record<string, Json> = {}
  while (logWords.has(cursor.peek() ?? '')) {
    const name = cursor.word() ?? ''
    const value = readConstant(cursor)
    if (value === undefined) return undefined
    options[name] = value
    if (name === 'flags') while (cursor.take(',') !== undefined) cursor.next()
  }
  return { log: Object.keys(options).length === 0 ? null : options }
}

const limit: StatementReader = cursor => {
  if (cursor.take('name') !== undefined) return { limit: cursor.word() ?? '' }
  if (cursor.take('rate') === undefined) return undefined
  const inv = cursor.take('over') !== undefined
  const [amount, unit] = (cursor.word() ?? '').split('/')
  const bytes = unit === undefined ? cursor.word() : undefined
  const rate = Number(amount)
  const per = unit ?? bytes?.split('/')[1]
  if (Number.isNaN(rate) || per === undefined) return undefined
  const burst = cursor.take('burst') === undefined ? undefined : Number(cursor.word())
  cursor.take('packets', 'bytes', 'kbytes', 'mbytes')
  return { limit: { rate, per, ...(burst === undefined ? {} : { burst }), ...(inv ? { inv } : {}) } }
}

const natFlags = ['random', 'fully-random', 'persistent'] as const

const flagsOf = (cursor: Cursor): { readonly flags?: readonly string[] } => {
  const flags: string[] = []
  for (let flag = cursor.take(...natFlags); flag !== undefined; flag = cursor.take(...natFlags)) {
    flags.push(flag)
    cursor.take(',')
  }
  return flags.length === 0 ? {} : { flags }
}

const portOf = (text: string): Json | undefined => {
  const parts = /^(\d+)(?:-(\d+))?$/.exec(text)
  if (parts === null) return undefined
  return parts[2] === undefined ? Number(parts[1]) : { range: [Number(parts[1]), Number(parts[2])] }
}

/** `to :15001`, for the statements that choose the address themselves. */
const toPort =
  (name: string): StatementReader =>
  cursor => {
    const word = cursor.take('to') === undefined ? undefined : cursor.word()
    const port = word === undefined ? undefined : portOf(word.replace(/^:/, ''))
    if (word !== undefined && port === undefined) return undefined
    const members = { ...(port === undefined ? {} : { port }), ...flagsOf(cursor) }
    return { [name]: Object.keys(members).length === 0 ? null : members }
  }

/** `10.0.0.1`, `10.0.0.1:80`, `10.0.0.1-10.0.0.9`, `[fd00::1]:80`, `:80`. */
const targetOf = (text: string): { readonly addr?: Json; readonly port?: Json } | undefined => {
  const parts =
    /^(?:\[([^\]]+)\]|(\d[\d.-]*)|([\da-fA-F]*:[\da-fA-F:.]*(?:-[\da-fA-F:.]+)?))?(?::(\d+(?:-\d+)?))?$/.exec(text)
  const onlyPort = /^:(\d+(?:-\d+)?)$/.exec(text)?.[1]
  if (onlyPort !== undefined) return { port: portOf(onlyPort) ?? 0 }
  const host = parts?.[1] ?? parts?.[2] ?? parts?.[3]
  if (host === undefined) return undefined
  const [from = '', to] = host.split('-')
  const port = parts?.[4] === undefined ? undefined : portOf(parts[4])
  return { addr: to === undefined ? from : { range: [from, to] }, ...(port === undefined ? {} : { port }) }
}

const translation =
  (name: string): StatementReader =>
  cursor => {
    const family = cursor.take('ip', 'ip6')
    if (cursor.take('to') === undefined) return undefined
    const place = cursor.mark()
    const target = targetOf(cursor.word() ?? '')
    if (target !== undefined && cursor.peek() !== '.' && cursor.peek() !== 'map')
      return { [name]: { ...(family === undefined ? {} : { family }), ...target, ...flagsOf(cursor) } }
    cursor.reset(place)
    const addr = readMap(cursor)
    return addr === undefined
      ? undefined
      : { [name]: { ...(family === undefined ? {} : { family }), addr, ...flagsOf(cursor) } }
  }

/** `ip daddr . tcp dport map @targets`. */
const readMap: StatementReader = cursor => {
  const key = readExpression(cursor)
  if (key === undefined || cursor.take('map') === undefined) return undefined
  const data = readMapData(cursor, readConstantTarget)
  return data === undefined ? undefined : { map: { key, data } }
}

const readConstantTarget: StatementReader = cursor => readRight(cursor)

const readMapData = (cursor: Cursor, value: StatementReader): Json | undefined => {
  if (cursor.peek()?.startsWith('@') === true) return cursor.word()
  const pairs = readElements(cursor, inner => readPair(inner, value))
  return pairs === undefined ? undefined : { set: pairs }
}

/** One element of a map: `10.0.0.1 . 80 : jump web`. */
export const readPair = (cursor: Cursor, value: StatementReader): Json | undefined => {
  const key = readElement(cursor)
  if (key === undefined || cursor.take(':') === undefined) return undefined
  const to = value(cursor)
  return to === undefined ? undefined : [key, to]
}

export const readVerdict: StatementReader = cursor => {
  const kind = cursor.take('accept', 'drop', 'return', 'continue', 'jump', 'goto')
  if (kind === undefined) return undefined
  return kind === 'jump' || kind === 'goto' ? chainVerdict(kind)(cursor) : { [kind]: null }
}

const xt: StatementReader = cursor => {
  const type = cursor.take('match', 'target')
  const name = cursor.word()
  return type === undefined || name === undefined ? undefined : { xt: { type, name } }
}

const dynamicSet =
  (op: string): StatementReader =>
  cursor => {
    const set = cursor.word()
    const elements = readElements(cursor, readKey)
    const [elem] = elements ?? []
    return set?.startsWith('@') !== true || elem === undefined ? undefined : { set: { op, elem, set } }
  }

/** What a rule adds to a set: fields rather than values. */
const readKey: StatementReader = cursor => {
  const val = readExpression(cursor)
  if (val === undefined) return undefined
  const timeout = cursor.take('timeout') === undefined ? undefined : cursor.word()
  return timeout === undefined ? val : { elem: { val, timeout } }
}

const queue: StatementReader = cursor => {
  while (!cursor.done) cursor.next()
  return { queue: null }
}

const statementReaders: Readonly<Record<string, StatementReader>> = {
  accept: keyword('accept'),
  drop: keyword('drop'),
  return: keyword('return'),
  continue: keyword('continue'),
  notrack: keyword('notrack'),
  jump: chainVerdict('jump'),
  goto: chainVerdict('goto'),
  counter,
  reject,
  log,
  limit,
  queue,
  masquerade: toPort('masquerade'),
  redirect: toPort('redirect'),
  snat: translation('snat'),
  dnat: translation('dnat'),
  tproxy: translation('tproxy'),
  add: dynamicSet('add'),
  update: dynamicSet('update'),
  delete: dynamicSet('delete'),
  xt,
}

/** `meta mark set …`, `ct zone set 1`. */
const readSetting: StatementReader = cursor => {
  const place = cursor.mark()
  const key = readExpression(cursor)
  if (key !== undefined && cursor.take('set') !== undefined) {
    const valuePlace = cursor.mark()
    let value = readMap(cursor)
    if (value === undefined) {
      cursor.reset(valuePlace)
      value = readExpression(cursor)
    }
    if (value !== undefined) return { mangle: { key, value } }
  }
  cursor.reset(place)
  return undefined
}

const comparisons: Readonly<Record<string, string>> = {
  '==': '==',
  '!=': '!=',
  '<': '<',
  '>': '>',
  '<=': '<=',
  '>=': '>=',
  eq: '==',
  ne: '!=',
  lt: '<',
  gt: '>',
  le: '<=',
  ge: '>=',
}

const readMatch: StatementReader = cursor => {
  const left = readExpression(cursor)
  if (left === undefined || typeof left !== 'object') return undefined
  if (cursor.take('vmap') !== undefined) {
    const data = readMapData(cursor, readVerdict)
    return data === undefined ? undefined : { vmap: { key: left, data } }
  }
  const written = comparisons[cursor.peek() ?? '']
  if (written !== undefined) cursor.next()
  const presence = written === undefined ? cursor.take('exists', 'missing') : undefined
  if (presence !== undefined) return { match: { op: '==', left, right: presence === 'exists' } }
  const right = cursor.peek() === '{' ? readSet(cursor) : readRight(cursor)
  return right === undefined ? undefined : { match: { op: written ?? impliedOperator(left), left, right } }
}

/** A value alone means `==`, except for bits: there any one of them is enough. */
const impliedOperator = (left: Json): string =>
  /^\{"(ct":\{"key":"(state|status)"|payload":\{"protocol":"tcp","field":"flags")/.test(JSON.stringify(left))
    ? 'in'
    : '=='
