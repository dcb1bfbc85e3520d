import type { Json } from '#model/netfilter.ts'
import type { Missing } from '../fate.ts'
import { type Ip, inPrefix, readIp, readPrefix } from '../ip.ts'
import { missing } from '../stage.ts'
import { isObject, type Value, wellKnown } from './values.ts'

type SetNamed = (name: string) => readonly Json[] | undefined

/** Whether a value is one of those that the right side lists: a number, prefix, range, set or concatenation. */
export type Among = (value: Value) => boolean | Missing

export const readAmong = (json: Json, set: SetNamed): Among => {
  if (typeof json === 'string' && json.startsWith('@')) {
    const elements = set(json.slice(1))
    return elements === undefined ? () => missing('set', json) : anyElement(elements, set)
  }
  if (typeof json === 'string' && json.endsWith('*'))
    return value => typeof value === 'string' && value.startsWith(json.slice(0, -1))
  if (Array.isArray(json)) return anyElement(json as readonly Json[], set)
  if (!isObject(json)) return equalTo(json)
  const [kind = '', inner = null] = Object.entries(json)[0] ?? []
  if (kind === 'set' && Array.isArray(inner)) return anyElement(inner as readonly Json[], set)
  if (kind === 'elem' && isObject(inner)) return readAmong(inner.val ?? null, set)
  if (kind === 'prefix' && isObject(inner)) return amongPrefix(inner)
  if (kind === 'range' && Array.isArray(inner)) return amongRange(inner as readonly Json[])
  if (kind === 'concat' && Array.isArray(inner)) {
    const parts = (inner as readonly Json[]).map(element => readAmong(element, set))
    return value => Array.isArray(value) && allOf(parts.map((part, index) => part(value[index] as Value)))
  }
  return () => missing('expression', JSON.stringify(json))
}

/** One exact value, or a concatenation of such, as the key it is looked up by; undefined for ranges, prefixes and sets. */
export const exactKey = (json: Json): string | undefined => {
  if (typeof json === 'string' && (json.startsWith('@') || json.endsWith('*'))) return undefined
  const value = comparable(json)
  if (value !== undefined) return keyOf(value)
  if (!isObject(json)) return undefined
  if (isObject(json.elem)) return exactKey(json.elem.val ?? null)
  if (!Array.isArray(json.concat)) return undefined
  const parts = (json.concat as readonly Json[]).map(exactKey)
  return parts.includes(undefined) ? undefined : parts.join(' ')
}

export const keyOf = (value: Value): string => {
  if (isSeveral(value)) return value.map(keyOf).join(' ')
  return `${typeof value} ${value}`
}

const isSeveral = (value: Value): value is readonly Value[] => Array.isArray(value)

/** Large sets are looked up by exact value, and only their ranges and prefixes are tried one by one. */
const anyElement = (elements: readonly Json[], set: SetNamed): Among => {
  if (elements.length < worthAnIndex) return anyOf(elements.map(element => readAmong(element, set)))
  const keys = new Set(elements.map(exactKey))
  const others = anyOf(elements.filter(each => exactKey(each) === undefined).map(each => readAmong(each, set)))
  return value => keys.has(keyOf(value)) || others(value)
}

/** Smaller sets are tried faster than looked up. */
export const worthAnIndex = 32

const comparable = (json: Json): Value | undefined => {
  if (typeof json === 'number') return json
  return typeof json === 'string' ? (readIp(json) ?? wellKnown[json] ?? protocolAliases[json] ?? json) : undefined
}

/** The name that a packet's protocol has here. */
const protocolAliases: Readonly<Record<string, string>> = { icmpv6: 'ipv6-icmp' }

const equalTo = (json: Json): Among => {
  const wanted = comparable(json)
  if (wanted === undefined) return () => missing('expression', JSON.stringify(json))
  return value => {
    if (Array.isArray(value)) return value.includes(wanted)
    if (typeof value === 'string' && typeof wanted === 'number') return protocolNumbers[value] === wanted
    if (typeof value === 'number' && typeof wanted === 'string') return missing('expression', wanted)
    return value === wanted
  }
}

/** nft prints a protocol's number where it has no list of their names. */
const protocolNumbers: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, 'ipv6-icmp': 58, sctp: 132 }

const amongPrefix = (inner: { readonly [key: string]: Json }): Among => {
  const prefix = readPrefix(`${inner.addr}/${inner.len}`)
  if (prefix === undefined) return () => missing('expression', JSON.stringify(inner))
  const holds = inPrefix(prefix)
  return value => (typeof value === 'number' || typeof value === 'bigint') && holds(value)
}

const amongRange = (inner: readonly Json[]): Among => {
  const [low, high] = inner.map(comparable)
  if (low === undefined || high === undefined) return () => missing('expression', JSON.stringify(inner))
  return value => typeof value === typeof low && (value as Ip) >= (low as Ip) && (value as Ip) <= (high as Ip)
}

const anyOf =
  (tests: readonly Among[]): Among =>
  value => {
    let unsure: Missing | undefined
    for (const holds of tests) {
      const answer = holds(value)
      if (answer === true) return true
      if (answer !== false) unsure ??= answer
    }
    return unsure ?? false
  }

const allOf = (answers: readonly (boolean | Missing)[]): boolean | Missing => {
  if (answers.includes(false)) return false
  return answers.find(answer => answer !== true) ?? true
}
