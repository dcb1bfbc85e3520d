import type { Json } from './netfilter.ts'

/** A rule as nft prints it, from the shape of `nft -j`; counters are left to the caller. */
export const nftRuleText = (statements: readonly Json[]): string =>
  statements.map(statementText).filter(Boolean).join(' ')

type Members = { readonly [name: string]: Json }

const membersOf = (json: Json | undefined): Members | undefined =>
  typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as Members) : undefined

const entryOf = (json: Json): readonly [string, Json] => Object.entries(membersOf(json) ?? {})[0] ?? ['', null]

const statementText = (statement: Json): string => {
  const [kind, inner] = entryOf(statement)
  const members = membersOf(inner) ?? {}
  const print = statements[kind]
  return print === undefined ? `${kind}${inner === null ? '' : ` ${JSON.stringify(inner)}`}` : print(members, inner)
}

type Print = (members: Members, inner: Json) => string

const named =
  (name: string): Print =>
  ({ target }) =>
    `${name} ${String(target)}`

const translation =
  (name: string): Print =>
  ({ family, addr, port, flags }) =>
    [name, family === undefined ? '' : `${String(family)}`, `to ${toText(addr, port)}`, flagsText(flags)]
      .filter(Boolean)
      .join(' ')

const toPort =
  (name: string): Print =>
  ({ port, flags }) =>
    [name, port === undefined ? '' : `to :${valueText(port)}`, flagsText(flags)].filter(Boolean).join(' ')

const toText = (addr: Json | undefined, port: Json | undefined): string => {
  const host = addr === undefined ? '' : valueText(addr)
  if (port === undefined) return host
  return `${host.includes(':') ? `[${host}]` : host}:${valueText(port)}`
}

const flagsText = (flags: Json | undefined): string =>
  flags === undefined ? '' : (Array.isArray(flags) ? flags : [flags]).map(String).join(',')

const statements: Readonly<Record<string, Print>> = {
  match: ({ op, left = null, right = null }) =>
    [valueText(left), op === '==' || op === 'in' ? '' : String(op), rightText(right)].filter(Boolean).join(' '),
  counter: () => '',
  jump: named('jump'),
  goto: named('goto'),
  snat: translation('snat'),
  dnat: translation('dnat'),
  tproxy: translation('tproxy'),
  redirect: toPort('redirect'),
  masquerade: toPort('masquerade'),
  mangle: ({ key = null, value = null }) => `${valueText(key)} set ${valueText(value)}`,
  vmap: ({ key = null, data = null }) => `${valueText(key)} vmap ${pairsText(data)}`,
  xt: ({ type, name }) => `xt ${String(type)} ${String(name)}`,
  unknown: (_members, inner) => String(inner),
  reject: ({ type, expr }) =>
    ['reject', type === undefined ? '' : `with ${String(type)}`, expr === undefined ? '' : String(expr)]
      .filter(Boolean)
      .join(' '),
}

const pairsText = (data: Json): string => {
  const set = membersOf(data)?.set
  if (!Array.isArray(set)) return valueText(data)
  return `{ ${set.map(pair => (Array.isArray(pair) ? `${valueText(pair[0])} : ${statementText(pair[1])}` : valueText(pair))).join(', ')} }`
}

/** Marks read best in base 16, which nft uses for them. */
const rightText = (right: Json): string => (Array.isArray(right) ? right.map(valueText).join(',') : valueText(right))

const operators = new Set(['&', '|', '^', '<<', '>>'])

const valueText = (value: Json): string => {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null) return String(value)
  const [kind, inner] = entryOf(value)
  const members = membersOf(inner) ?? {}
  if (operators.has(kind) && Array.isArray(inner)) return inner.map(maskText).join(` ${kind} `)
  return values[kind]?.(members, inner) ?? JSON.stringify(value)
}

const maskText = (value: Json): string => (typeof value === 'number' ? `0x${value.toString(16)}` : valueText(value))

const values: Readonly<Record<string, Print>> = {
  meta: ({ key }) => (bare.has(String(key)) ? String(key) : `meta ${String(key)}`),
  ct: ({ key, dir }) => ['ct', dir === undefined ? '' : String(dir), String(key)].filter(Boolean).join(' '),
  payload: ({ protocol, field }) => `${String(protocol)} ${String(field)}`,
  fib: ({ result, flags }) =>
    `fib ${(Array.isArray(flags) ? flags : [flags]).map(String).join(' . ')} ${String(result)}`,
  prefix: ({ addr, len }) => `${String(addr)}/${String(len)}`,
  range: (_members, inner) => (Array.isArray(inner) ? inner.map(valueText).join('-') : ''),
  concat: (_members, inner) => (Array.isArray(inner) ? inner.map(valueText).join(' . ') : ''),
  set: (_members, inner) => `{ ${(Array.isArray(inner) ? inner : [inner]).map(valueText).join(', ')} }`,
  elem: ({ val = null }) => valueText(val),
  map: ({ key = null, data = null }) => `${valueText(key)} map ${pairsText(data)}`,
  socket: ({ key }) => `socket ${String(key)}`,
  numgen: ({ mode, mod, offset }) =>
    `numgen ${String(mode)} mod ${String(mod)}${offset === undefined || offset === 0 ? '' : ` offset ${String(offset)}`}`,
}

const bare = new Set(['iif', 'oif', 'iifname', 'oifname', 'skuid', 'skgid'])
