import { type Ip, isLinkLocal6, loopbackOf } from '../ip.ts'
import { bind, type Manip } from '../nat.ts'
import { source6, sourceOn } from '../output-route.ts'
import type { Skb } from '../skb.ts'
import { missing, type Stage } from '../stage.ts'
import type { Device, Surroundings } from '../surroundings.ts'
import { type Act, accept, drop } from './effect.ts'

export interface Range {
  readonly from: Ip | undefined
  readonly to: Ip | undefined
  readonly ports: { readonly from: number; readonly to: number } | undefined
  /** `--random`, `--random-fully`: the source port is drawn anew. */
  readonly random: boolean
}

const mostAddresses = 16n

/** DNAT or SNAT to an address, a range (one is drawn) or only a port. */
export const translateTo =
  (manip: Manip, range: Range): Act =>
  (skb, stage) => {
    const { tracking } = skb
    if (tracking === undefined) return drop
    const address = oneOf(range, stage)
    if (address === 'too many') return missing('chance', 'an address out of a large range')
    const port = portFrom(range, manip === 'destination' ? skb.dport : skb.sport, stage)
    if (port === 'too many') return missing('chance', 'a port out of a range')
    bind(tracking.connection, manip, address, port)
    if (manip === 'source' && range.random) tracking.connection.anyPort = true
    return accept
  }

const oneOf = ({ from, to }: Range, { choices }: Stage): Ip | undefined | 'too many' => {
  if (from === undefined || to === undefined || from === to) return from
  const count = BigInt(to) - BigInt(from) + 1n
  if (count > mostAddresses) return 'too many'
  const taken = choices.pick(Array.from({ length: Number(count) }, () => 1))
  return typeof from === 'number' ? from + taken : from + BigInt(taken)
}

/** A port inside the range stays as it is. */
const portFrom = ({ ports }: Range, now: number, { choices }: Stage): number | undefined | 'too many' => {
  if (ports === undefined || (now >= ports.from && now <= ports.to)) return ports === undefined ? undefined : now
  const count = ports.to - ports.from + 1
  if (count > Number(mostAddresses)) return 'too many'
  return count === 1 ? ports.from : ports.from + choices.pick(Array.from({ length: count }, () => 1))
}

/** Locally made packets go to loopback, others to the first fitting address of the device they came by. */
export const redirect =
  (ports: Range['ports']): Act =>
  (skb, stage) => {
    const { tracking } = skb
    if (tracking === undefined) return drop
    const own = stage.hook === 'output' ? loopbackOf(skb.family) : incomingAddress(stage.kernel, skb)
    if (own === undefined) return drop
    const port = portFrom({ from: undefined, to: undefined, ports, random: false }, skb.dport, stage)
    if (port === 'too many') return missing('chance', 'a port out of a range')
    bind(tracking.connection, 'destination', own, port)
    return accept
  }

const incomingAddress = (kernel: Surroundings, skb: Skb): Ip | undefined => {
  const device = kernel.devices.get(skb.iif ?? '')
  if (skb.family === 4) return firstAddress4(device)
  return device?.addresses.find(({ ip }) => typeof ip === 'bigint' && isLinkLocal6(ip) === isLinkLocal6(skb.dst))?.ip
}

export const firstAddress4 = (device: Device | undefined): Ip | undefined =>
  device?.addresses.find(({ ip, secondary }) => typeof ip === 'number' && !secondary)?.ip

/** The address that the outgoing device would lend for this next hop. */
export const masquerade =
  (ports: Range['ports'], random: boolean): Act =>
  (skb, stage) => {
    const { tracking, route } = skb
    if (tracking === undefined) return drop
    const towards = route?.hop.gateway ?? skb.dst
    const own = skb.family === 4 ? sourceOn(stage.kernel, skb.oif, towards) : source6(stage.kernel, skb.oif, skb.dst)
    if (own === undefined) return drop
    const port = portFrom({ from: undefined, to: undefined, ports, random }, skb.sport, stage)
    if (port === 'too many') return missing('chance', 'a port out of a range')
    bind(tracking.connection, 'source', own, port)
    tracking.connection.masqueraded = skb.oif
    if (random) tracking.connection.anyPort = true
    return accept
  }

/** NETMAP keeps the host bits. */
export const netmap =
  (manip: Manip, base: Ip, length: number): Act =>
  skb => {
    const { tracking } = skb
    if (tracking === undefined) return drop
    const now = manip === 'destination' ? skb.dst : skb.src
    bind(tracking.connection, manip, withHostBits(base, length, now), undefined)
    return accept
  }

const withHostBits = (base: Ip, length: number, host: Ip): Ip => {
  if (typeof base === 'number' && typeof host === 'number') {
    const mask = length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0
    return ((base & mask) | (host & ~mask)) >>> 0
  }
  const low = (1n << BigInt(128 - length)) - 1n
  return (BigInt(base) & ~low) | (BigInt(host) & low)
}
