import type { Json } from '#model/netfilter.ts'
import type { Missing } from '../fate.ts'
import { readIp } from '../ip.ts'
import { icmpTypeOf } from '../iptables/icmp.ts'
import type { Sender, Skb } from '../skb.ts'
import { missing, type Stage } from '../stage.ts'
import { isLocal } from '../surroundings.ts'
import { stateOf } from '../tests/state.ts'

/** What an expression of `nft -j` is worth for a packet; `absent` breaks the rule, as a header field of another protocol does. */
export type Value = number | bigint | string | readonly Value[]
export type Read = (skb: Skb, stage: Stage) => Value | Missing | 'absent'

export const isObject = (json: Json | undefined): json is { readonly [key: string]: Json } =>
  typeof json === 'object' && json !== null && !Array.isArray(json)

const unknown =
  (json: Json): Read =>
  () =>
    missing('expression', JSON.stringify(json))

const constant =
  (value: Value): Read =>
  () =>
    value

/** Prepares the left side of a match, or any value that a statement sets. */
export const readValue = (json: Json): Read => {
  if (typeof json === 'number') return constant(json)
  if (typeof json === 'string') return constant(readIp(json) ?? wellKnown[json] ?? json)
  if (typeof json === 'boolean') return constant(json ? 1 : 0)
  if (!isObject(json)) return unknown(json)
  const [kind = '', inner = null] = Object.entries(json)[0] ?? []
  const prepared = kinds[kind]?.(inner)
  return prepared ?? unknown(json)
}

export const wellKnown: Readonly<Record<string, number>> = { http: 80, https: 443, domain: 53, ssh: 22 }

type Prepare = (inner: Json) => Read | undefined

const protocolNames: Readonly<Record<string, string>> = { icmpv6: 'icmp', 'ipv6-icmp': 'icmp' }

const meta: Prepare = inner => {
  if (!isObject(inner)) return undefined
  switch (inner.key) {
    case 'mark':
      return skb => skb.mark
    case 'l4proto':
      return skb => (skb.protocol === 'icmp' && skb.family === 6 ? 'ipv6-icmp' : skb.protocol)
    case 'nfproto':
      return skb => (skb.family === 4 ? 'ipv4' : 'ipv6')
    case 'protocol':
      return skb => (skb.family === 4 ? 'ip' : 'ip6')
    case 'iifname':
    case 'iif':
      return skb => skb.iif ?? ''
    case 'oifname':
    case 'oif':
      return skb => skb.oif ?? ''
    case 'skuid':
      return ({ sender }) => idOf(sender, 'uid')
    case 'skgid':
      return ({ sender }) => idOf(sender, 'gid')
    default:
      return undefined
  }
}

const idOf = (sender: Sender | undefined, id: 'uid' | 'gid'): number | Missing | 'absent' => {
  if (sender === undefined || sender[id] === 'none') return 'absent'
  return sender[id] ?? missing('match', `${id} of the sending process`)
}

const ct: Prepare = inner => {
  if (!isObject(inner)) return undefined
  switch (inner.key) {
    case 'mark':
      return ({ tracking }) => (tracking === undefined ? 'absent' : tracking.connection.mark)
    case 'state':
      return skb => stateOf(skb).toLowerCase()
    case 'direction':
      return ({ tracking }) => tracking?.direction ?? 'absent'
    case 'zone':
      return ({ tracking }) => (tracking === undefined ? 'absent' : (tracking.connection.zone?.id ?? 0))
    case 'status':
      return ({ tracking }) => {
        if (tracking === undefined) return 'absent'
        const { changed, seenReply } = tracking.connection
        return [
          ...(changed.destination ? ['dnat'] : []),
          ...(changed.source ? ['snat'] : []),
          ...(seenReply ? ['seen-reply'] : []),
        ]
      }
    default:
      return undefined
  }
}

const carries = (protocol: string, skb: Skb): boolean =>
  protocol === 'th' ? skb.protocol !== 'icmp' : skb.protocol === (protocolNames[protocol] ?? protocol)

const flagBits: Readonly<Record<string, number>> = { syn: 0x02, 'syn-ack': 0x12, ack: 0x10, rst: 0x14 }

const payload: Prepare = inner => {
  if (!isObject(inner) || typeof inner.protocol !== 'string') return undefined
  const { protocol, field } = inner
  if (protocol === 'ip' || protocol === 'ip6') {
    const family = protocol === 'ip' ? 4 : 6
    const of = headerField(field)
    return of === undefined ? undefined : skb => (skb.family === family ? of(skb) : 'absent')
  }
  if (field === 'dport' || field === 'sport') return skb => (carries(protocol, skb) ? skb[field] : 'absent')
  if (protocol === 'tcp' && field === 'flags')
    return skb => (skb.protocol === 'tcp' ? (flagBits[skb.segment] ?? 0) : 'absent')
  if ((protocol === 'icmp' || protocol === 'icmpv6') && field === 'type') {
    const family = protocol === 'icmp' ? 4 : 6
    return skb => (skb.family === family ? (icmpTypeOf(skb) ?? 'absent') : 'absent')
  }
  return undefined
}

const headerField = (field: Json | undefined): ((skb: Skb) => Value) | undefined => {
  if (field === 'saddr') return ({ src }) => src
  if (field === 'daddr') return ({ dst }) => dst
  if (field === 'protocol' || field === 'nexthdr')
    return ({ protocol, family }) => (protocol === 'icmp' && family === 6 ? 'ipv6-icmp' : protocol)
  return undefined
}

/** `fib daddr type`: the local table's word on an address. */
const fib: Prepare = inner => {
  if (!isObject(inner) || inner.result !== 'type') return undefined
  const flags = Array.isArray(inner.flags) ? inner.flags : [inner.flags]
  if (flags.length !== 1 || (flags[0] !== 'daddr' && flags[0] !== 'saddr')) return undefined
  const side = flags[0] === 'daddr' ? 'dst' : 'src'
  return (skb, { kernel }) =>
    isLocal(kernel, skb[side]) ? 'local' : (kernel.routing[skb.family]?.localType(skb[side]) ?? 'unicast')
}

const arithmetic =
  (combine: (left: number, right: number) => number): Prepare =>
  inner => {
    if (!Array.isArray(inner)) return undefined
    const parts = (inner as readonly Json[]).map(readValue)
    return (skb, stage) => {
      let result: number | undefined
      for (const part of parts) {
        const value = part(skb, stage)
        if (typeof value !== 'number')
          return typeof value === 'string' && value !== 'absent'
            ? missing('expression', value)
            : (value as Missing | 'absent')
        result = result === undefined ? value : combine(result, value) >>> 0
      }
      return result ?? 'absent'
    }
  }

const concat: Prepare = inner => {
  if (!Array.isArray(inner)) return undefined
  const parts = (inner as readonly Json[]).map(readValue)
  return (skb, stage) => {
    const values: Value[] = []
    for (const part of parts) {
      const value = part(skb, stage)
      if (value === 'absent' || isMissing(value)) return value
      values.push(value)
    }
    return values
  }
}

export const isMissing = (value: unknown): value is Missing =>
  typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'missing'

/** The counter of `inc` is in no dump, but each value comes as often as any other. */
const numgen: Prepare = inner => {
  if (
    !isObject(inner) ||
    (inner.mode !== 'random' && inner.mode !== 'inc') ||
    typeof inner.mod !== 'number' ||
    inner.mod > 64
  )
    return undefined
  const { mod } = inner
  const offset = typeof inner.offset === 'number' ? inner.offset : 0
  return (_skb, { choices }) => offset + choices.pick(Array.from({ length: mod }, () => 1))
}

const kinds: Readonly<Record<string, Prepare>> = {
  meta,
  ct,
  payload,
  fib,
  numgen,
  concat,
  '&': arithmetic((left, right) => left & right),
  '|': arithmetic((left, right) => left | right),
  '^': arithmetic((left, right) => left ^ right),
  '<<': arithmetic((left, right) => left << right),
  '>>': arithmetic((left, right) => left >>> right),
}
