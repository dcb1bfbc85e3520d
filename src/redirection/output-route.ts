import type { Missing } from './fate.ts'
import { type Ip, inPrefix, isLinkLocal6, isLoopback } from './ip.ts'
import { kernelUid, type Route, type RouteKey } from './routes.ts'
import type { Skb } from './skb.ts'
import { missing } from './stage.ts'
import { combined, type Device, isLocal, type Surroundings } from './surroundings.ts'

export type OutputRoute =
  | { readonly kind: 'route'; readonly route: Route; readonly source: Ip }
  | { readonly kind: 'unreachable'; readonly error: 'net' | 'host' | 'prohibited' | 'invalid' }
  | { readonly kind: 'unknown'; readonly missing: Missing }

export interface OutputAsk {
  readonly dst: Ip
  /** Undefined: the kernel chooses. */
  readonly src: Ip | undefined
  readonly mark: number
  readonly transparent: boolean
  readonly uid: number | undefined
  readonly oif: string | undefined
  readonly protocol: string
  readonly sport: number
  readonly dport: number
}

/** The lookup of `connect` or of an answer: route, then source address, then the check that the source is ours. */
export const outputRoute = (kernel: Surroundings, ask: OutputAsk): OutputRoute => {
  const family = typeof ask.dst === 'number' ? 4 : 6
  const routing = kernel.routing[family]
  if (routing === undefined) return { kind: 'unknown', missing: missing('routes', `IPv${family} of ${kernel.name}`) }
  if (family === 4 && ask.src !== undefined && !ask.transparent && !isLocal(kernel, ask.src))
    return { kind: 'unreachable', error: 'net' }
  const answer = routing.lookup(keyOf(ask))
  if (answer.kind === 'unknown') return { kind: 'unknown', missing: missing('routes', answer.rule.text) }
  if (answer.kind === 'none')
    return { kind: 'unreachable', error: answer.error === 'blackhole' ? 'invalid' : answer.error }
  const { route } = answer
  if (route.type === 'broadcast' || route.type === 'multicast')
    return { kind: 'unknown', missing: missing('broadcast', route.text) }
  const source = ask.src ?? chosenSource(kernel, route, ask.dst)
  // ip_route_connect asks again with the chosen source, so that `from` rules hold for it.
  if (family === 4 && ask.src === undefined && source !== undefined && isLocal(kernel, source))
    return outputRoute(kernel, { ...ask, src: source })
  if (source === undefined) return { kind: 'unreachable', error: family === 4 ? 'net' : 'invalid' }
  // The second lookup of ip_route_connect: a mark that makes a foreign address local chose that address as source.
  if (family === 4 && ask.src === undefined && !ask.transparent && !isLocal(kernel, source))
    return { kind: 'unreachable', error: 'net' }
  if (route.type === 'unicast' && leaksLoopback(kernel, source, route.hop.dev))
    return { kind: 'unreachable', error: 'invalid' }
  return { kind: 'route', route, source }
}

/** __mkroute_output: a loopback source never leaves the machine unless route_localnet says so. */
export const leaksLoopback = (kernel: Surroundings, src: Ip, dev: string | undefined): boolean =>
  typeof src === 'number' && isLoopback(src) && dev !== 'lo' && combined(kernel, 'route_localnet', dev ?? '') === 0

const keyOf = (ask: OutputAsk): RouteKey => ({
  dst: ask.dst,
  src: ask.src,
  mark: ask.mark,
  iif: 'lo',
  oif: ask.oif,
  uid: ask.uid,
  protocol: ask.protocol,
  sport: ask.sport,
  dport: ask.dport,
})

/** ip_route_me_harder: the same question again with the packet's addresses and mark of now. */
export const outputKey = (skb: Skb): RouteKey => ({
  dst: skb.dst,
  src: skb.src,
  mark: skb.mark,
  iif: 'lo',
  oif: undefined,
  uid: skb.sender === undefined || skb.sender.uid === 'none' ? kernelUid : skb.sender.uid,
  protocol: skb.protocol,
  sport: skb.sport,
  dport: skb.dport,
})

const chosenSource = (kernel: Surroundings, route: Route, dst: Ip): Ip | undefined => {
  if (route.preferredSource !== undefined) return route.preferredSource
  if (typeof dst === 'number') return route.type === 'local' ? dst : sourceOn(kernel, route.hop.dev, route.hop.gateway)
  if (route.type === 'local' && isLocal(kernel, dst)) return dst
  return source6(kernel, route.type === 'local' ? 'lo' : route.hop.dev, dst)
}

/** inet_select_addr: an address of the device whose subnet holds the next hop, else its first; else any of another device. */
export const sourceOn = (kernel: Surroundings, dev: string | undefined, towards: Ip | undefined): Ip | undefined => {
  const own = addresses4(kernel, dev)
  const near = towards === undefined ? undefined : own.find(({ prefix }) => inPrefix(prefix)(towards))
  if (near !== undefined) return near.ip
  if (own[0] !== undefined) return own[0].ip
  for (const device of kernel.devices.values()) {
    const other = addresses4(kernel, device.name)[0]
    if (other !== undefined) return other.ip
  }
  return undefined
}

const addresses4 = (kernel: Surroundings, dev: string | undefined) =>
  (kernel.devices.get(dev ?? '')?.addresses ?? []).filter(
    ({ ip, secondary, scope }) => typeof ip === 'number' && !secondary && scope !== 'host' && scope !== 'link',
  )

/** RFC 6724 as far as a node needs it: the address itself, then the same scope, then the longest common prefix, then the first. */
export const source6 = (kernel: Surroundings, dev: string | undefined, towards: Ip): Ip | undefined => {
  const devices = dev === 'lo' || dev === undefined ? [...kernel.devices.values()] : [kernel.devices.get(dev)]
  if (devices.some(device => device?.addresses.some(({ ip }) => ip === towards))) return towards
  let own = candidates6(devices, towards)
  if (own.length === 0) own = candidates6([...kernel.devices.values()], towards)
  let best: { ip: bigint; common: number } | undefined
  for (const ip of own) {
    const common = commonBits(ip, towards as bigint)
    if (best === undefined || common > best.common) best = { ip, common }
  }
  return best?.ip
}

const candidates6 = (devices: readonly (Device | undefined)[], towards: Ip): bigint[] =>
  devices
    .flatMap(device => device?.addresses ?? [])
    .map(({ ip }) => ip)
    .filter(
      (ip): ip is bigint => typeof ip === 'bigint' && !isLoopback(ip) && isLinkLocal6(ip) === isLinkLocal6(towards),
    )

const commonBits = (left: bigint, right: bigint): number => {
  const differing = left ^ right
  return differing === 0n ? 128 : 128 - differing.toString(2).length
}
