import type { Protocol } from '../connection.ts'
import { type Ip, inPrefix, type Prefix } from '../ip.ts'
import { isLocal } from '../surroundings.ts'
import type { Holds } from './test.ts'

export type Side = 'src' | 'dst'

export const addressIn = (side: Side, prefix: Prefix): Holds => {
  const holds = inPrefix(prefix)
  return side === 'src' ? ({ src }) => holds(src) : ({ dst }) => holds(dst)
}

export const addressBetween = (side: Side, from: Ip, to: Ip): Holds => {
  const between = (ip: Ip) => typeof ip === typeof from && ip >= from && ip <= to
  return side === 'src' ? ({ src }) => between(src) : ({ dst }) => between(dst)
}

/** `eth0`, or a prefix as in `veth+`; an absent device has no name and equals none. */
export const device = (side: 'in' | 'out', name: string): Holds => {
  const starts = name.endsWith('+') || name.endsWith('*') ? name.slice(0, -1) : undefined
  const holds = (of: string | undefined) => (starts === undefined ? of === name : (of ?? '').startsWith(starts))
  return side === 'in' ? ({ iif }) => holds(iif) : ({ oif }) => holds(oif)
}

const protocolNumbers: Readonly<Record<string, Protocol>> = {
  '1': 'icmp',
  '6': 'tcp',
  '17': 'udp',
  '58': 'icmp',
  '132': 'sctp',
  tcp: 'tcp',
  udp: 'udp',
  icmp: 'icmp',
  'ipv6-icmp': 'icmp',
  icmpv6: 'icmp',
  sctp: 'sctp',
}

/** ICMP has a number of its own in each family. */
export const protocol = (name: string): Holds => {
  if (name === 'all' || name === '0') return () => true
  const wanted = protocolNumbers[name]
  const family =
    name === '1' || name === 'icmp' ? 4 : name === '58' || name === 'ipv6-icmp' || name === 'icmpv6' ? 6 : undefined
  return skb => skb.protocol === wanted && (family === undefined || skb.family === family)
}

export interface PortRange {
  readonly from: number
  readonly to: number
}

/** Port matches fail on packets without ports, negated or not: the protocol match beside them is part of the same extension. */
export const ports = (side: 'sport' | 'dport' | 'either', ranges: readonly PortRange[], inverted: boolean): Holds => {
  const within = (port: number) => ranges.some(({ from, to }) => port >= from && port <= to)
  return skb => {
    if (skb.protocol === 'icmp') return false
    const holds =
      side === 'either' ? within(skb.sport) || within(skb.dport) : within(side === 'sport' ? skb.sport : skb.dport)
    return holds !== inverted
  }
}

const flagsOf: Readonly<Record<string, readonly string[]>> = {
  syn: ['SYN'],
  'syn-ack': ['SYN', 'ACK'],
  ack: ['ACK'],
  rst: ['RST', 'ACK'],
}

/** `--tcp-flags MASK SET`; `--syn` is `FIN,SYN,RST,ACK SYN`. */
export const tcpFlags =
  (mask: readonly string[], set: readonly string[]): Holds =>
  ({ protocol, segment }) => {
    if (protocol !== 'tcp') return false
    const flags = flagsOf[segment] ?? []
    const considered = mask.includes('ALL') ? ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'] : mask
    return considered.every(flag => flags.includes(flag) === (set.includes('ALL') || set.includes(flag)))
  }

/** The type of an address in the local table; anything not listed there is UNICAST. */
export const addressType =
  (side: Side, types: readonly string[]): Holds =>
  (skb, { kernel }) => {
    const ip = side === 'src' ? skb.src : skb.dst
    const type = isLocal(kernel, ip) ? 'local' : (kernel.routing[skb.family]?.localType(ip) ?? 'unicast')
    return types.includes(type.toUpperCase())
  }
