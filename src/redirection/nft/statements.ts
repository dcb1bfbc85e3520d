import type { Evidence } from '#model/evidence.ts'
import type { Json } from '#model/netfilter.ts'
import type { Part, Verdict } from '../chains.ts'
import { type Act, accept, drop, effect, verdict } from '../effects/effect.ts'
import { masquerade, type Range, redirect, translateTo } from '../effects/nat.ts'
import { tproxy } from '../effects/tproxy.ts'
import { notrack, zoneOfNft } from '../effects/tracking.ts'
import type { Missing } from '../fate.ts'
import { readIp } from '../ip.ts'
import type { Manip } from '../nat.ts'
import type { UnreachableCode } from '../skb.ts'
import { missing } from '../stage.ts'
import { test, unknowable } from '../tests/test.ts'
import { type Among, exactKey, keyOf, readAmong, worthAnIndex } from './among.ts'
import { isMissing, isObject, type Read, readValue } from './values.ts'

/** What a rule may refer to by name within its table. */
export interface Names {
  /** Elements of a named set. */
  readonly set: (name: string) => readonly Json[] | undefined
  /** Elements of a named map, as `[key, value]` pairs. */
  readonly map: (name: string) => readonly (readonly [Json, Json])[] | undefined
}

/** One statement of `nft -j`: its parts in order, so that effects happen where they stand. */
export const statementParts = (statement: Json, names: Names, evidence: Evidence): readonly Part[] => {
  if (!isObject(statement)) return [test(unknowable(missing('expression', JSON.stringify(statement), evidence)))]
  const [kind = '', inner = null] = Object.entries(statement)[0] ?? []
  return statements[kind]?.(inner, names) ?? [effect(() => missing('expression', JSON.stringify(statement), evidence))]
}

type Statement = (inner: Json, names: Names) => readonly Part[] | undefined

const comparisons: Readonly<Record<string, (left: number | bigint, right: number | bigint) => boolean>> = {
  '<': (left, right) => left < right,
  '>': (left, right) => left > right,
  '<=': (left, right) => left <= right,
  '>=': (left, right) => left >= right,
}

const match: Statement = (inner, names) => {
  if (!isObject(inner) || inner.left === undefined || inner.right === undefined) return undefined
  const left = readValue(inner.left)
  const op = inner.op ?? 'in'
  const compare = comparisons[String(op)]
  if (compare !== undefined) return [test(ordered(left, compare, inner.right))]
  if (op !== '==' && op !== '!=' && op !== 'in') return undefined
  return [test(amongTest(left, readAmong(inner.right, names.set), op === '!='))]
}

const ordered =
  (
    left: Read,
    compare: (left: number | bigint, right: number | bigint) => boolean,
    right: Json,
  ): Parameters<typeof test>[0] =>
  (skb, stage) => {
    const value = left(skb, stage)
    if (isMissing(value)) return value
    return typeof value === 'number' && typeof right === 'number' && compare(value, right)
  }

/** A header that the packet does not have breaks the rule, `!=` or not. */
const amongTest =
  (left: Read, among: Among, inverted: boolean): Parameters<typeof test>[0] =>
  (skb, stage) => {
    const value = left(skb, stage)
    if (value === 'absent') return false
    if (isMissing(value)) return value
    const holds = among(value)
    return typeof holds === 'boolean' ? holds !== inverted : holds
  }

const verdictStatement =
  (of: Verdict): Statement =>
  () => [effect(verdict(of))]

const jump =
  (kind: 'jump' | 'goto'): Statement =>
  inner =>
    isObject(inner) && typeof inner.target === 'string' ? [effect(verdict({ kind, chain: inner.target }))] : undefined

const nothing: Statement = () => []

const mangle: Statement = inner => {
  if (!isObject(inner) || !isObject(inner.key) || inner.value === undefined) return undefined
  const value = readValue(inner.value)
  const { key } = inner
  if (isObject(key.meta) && key.meta.key === 'mark')
    return [
      effect(
        setting(value, (skb, number) => {
          skb.mark = number
        }),
      ),
    ]
  if (!isObject(key.ct)) return undefined
  if (key.ct.key === 'mark')
    return [
      effect(
        setting(value, ({ tracking }, number) => {
          if (tracking !== undefined) tracking.connection.mark = number
        }),
      ),
    ]
  if (key.ct.key !== 'zone' || typeof inner.value !== 'number') return undefined
  const direction = key.ct.dir === 'original' || key.ct.dir === 'reply' ? key.ct.dir : 'both'
  return [effect(zoneOfNft({ id: inner.value, direction }))]
}

/** A value that is absent breaks the rule at this place: what follows does not happen. */
const setting =
  (value: Read, set: (skb: Parameters<Act>[0], number: number) => void): Act =>
  (skb, stage) => {
    const number = value(skb, stage)
    if (isMissing(number)) return number
    if (typeof number !== 'number') return 'break'
    set(skb, number >>> 0)
    return undefined
  }

const readPort = (json: Json | undefined): Range['ports'] | 'unreadable' => {
  if (json === undefined) return undefined
  if (typeof json === 'number') return { from: json, to: json }
  const range = isObject(json) && Array.isArray(json.range) ? json.range : []
  const [from, to] = range
  return typeof from === 'number' && typeof to === 'number' ? { from, to } : 'unreadable'
}

const isRandom = (inner: { readonly [key: string]: Json }): boolean => {
  const flags = Array.isArray(inner.flags) ? inner.flags : [inner.flags]
  return flags.includes('random') || flags.includes('fully-random')
}

/** `snat ip to` in an inet table leaves the other family alone. */
const nat =
  (manip: Manip): Statement =>
  inner => {
    if (!isObject(inner)) return undefined
    const ports = readPort(inner.port)
    const bounds = isObject(inner.addr) && Array.isArray(inner.addr.range) ? inner.addr.range : [inner.addr, inner.addr]
    const [from, to] = bounds.map(bound => (typeof bound === 'string' ? readIp(bound) : undefined))
    if (ports === 'unreadable' || (inner.addr !== undefined && from === undefined)) return undefined
    const family = from === undefined ? undefined : typeof from === 'number' ? 4 : 6
    const act = translateTo(manip, { from, to, ports, random: isRandom(inner) })
    return [...(family === undefined ? [] : [test(skb => skb.family === family)]), effect(act)]
  }

const redirectStatement: Statement = inner => {
  const ports = isObject(inner) ? readPort(inner.port) : undefined
  return ports === 'unreadable' ? undefined : [effect(redirect(ports))]
}

const masqueradeStatement: Statement = inner => {
  const ports = isObject(inner) ? readPort(inner.port) : undefined
  return ports === 'unreadable' ? undefined : [effect(masquerade(ports, isObject(inner) && isRandom(inner)))]
}

const tproxyStatement: Statement = inner => {
  if (!isObject(inner)) return undefined
  const port = typeof inner.port === 'number' ? inner.port : undefined
  const address = typeof inner.addr === 'string' ? readIp(inner.addr) : undefined
  if (typeof inner.addr === 'string' && address === undefined) return undefined
  return [effect(tproxy({ address, port, mark: 0, mask: 0 }, 'break'))]
}

const codes: Readonly<Record<string, UnreachableCode>> = {
  'port-unreachable': 'port',
  'net-unreachable': 'net',
  'host-unreachable': 'host',
  'no-route': 'net',
  'addr-unreachable': 'host',
  'admin-prohibited': 'prohibited',
  'host-prohibited': 'prohibited',
  'net-prohibited': 'prohibited',
}

const reject: Statement = inner => {
  if (!isObject(inner)) return [effect(verdict({ kind: 'reject', with: 'port' }))]
  if (inner.type === 'tcp reset') return [effect(verdict({ kind: 'reject', with: 'rst' }))]
  const code = codes[String(inner.expr ?? 'port-unreachable')]
  return code === undefined ? undefined : [effect(verdict({ kind: 'reject', with: code }))]
}

const verdicts: Readonly<Record<string, Verdict>> = {
  accept,
  drop,
  return: { kind: 'return' },
}

const readVerdict = (json: Json): Verdict | undefined => {
  if (!isObject(json)) return undefined
  const [kind = '', inner = null] = Object.entries(json)[0] ?? []
  if ((kind === 'jump' || kind === 'goto') && isObject(inner) && typeof inner.target === 'string')
    return { kind, chain: inner.target }
  return verdicts[kind]
}

/** A verdict map: the first element that holds decides, none lets the rule fail. */
const vmap: Statement = (inner, names) => {
  if (!isObject(inner) || inner.key === undefined || inner.data === undefined) return undefined
  const key = readValue(inner.key)
  const pairs = pairsOf(inner.data, names)
  if (pairs === undefined) return [effect(() => missing('set', JSON.stringify(inner.data)))]
  const exact = new Map<string, Verdict>()
  const arms: Arm[] = []
  for (const [from, data] of pairs) {
    const to = readVerdict(data)
    const name = pairs.length < worthAnIndex ? undefined : exactKey(from)
    if (to === undefined) return undefined
    if (name === undefined) arms.push({ among: readAmong(from, names.set), to })
    else exact.set(name, to)
  }
  return [effect(armOf(key, exact, arms))]
}

/** An element that is tried, because it is a range, a prefix, a wildcard, or one of few. */
interface Arm {
  readonly among: Among
  readonly to: Verdict
}

const armOf =
  (key: Read, exact: ReadonlyMap<string, Verdict>, arms: readonly Arm[]): Act =>
  (skb, stage) => {
    const value = key(skb, stage)
    if (value === 'absent') return 'break'
    if (isMissing(value)) return value
    const found = exact.get(keyOf(value))
    if (found !== undefined) return found
    let unsure: Missing | undefined
    for (const { among, to } of arms) {
      const holds = among(value)
      if (holds === true) return to
      if (holds !== false) unsure ??= holds
    }
    return unsure ?? 'break'
  }

const pairsOf = (data: Json, names: Names): readonly (readonly [Json, Json])[] | undefined => {
  if (typeof data === 'string' && data.startsWith('@')) return names.map(data.slice(1))
  if (!isObject(data) || !Array.isArray(data.set)) return undefined
  return (data.set as readonly Json[]).flatMap(pair =>
    Array.isArray(pair) && pair.length === 2 ? [[pair[0] as Json, pair[1] as Json] as const] : [],
  )
}

const statements: Readonly<Record<string, Statement>> = {
  match,
  counter: nothing,
  log: nothing,
  comment: nothing,
  accept: verdictStatement(accept),
  drop: verdictStatement(drop),
  return: verdictStatement({ kind: 'return' }),
  continue: nothing,
  jump: jump('jump'),
  goto: jump('goto'),
  mangle,
  snat: nat('source'),
  dnat: nat('destination'),
  redirect: redirectStatement,
  masquerade: masqueradeStatement,
  tproxy: tproxyStatement,
  reject,
  notrack: () => [effect(notrack)],
  vmap,
}
