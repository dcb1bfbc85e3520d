import type { LossReason, Missing } from './fate.ts'
import { isLoopback, isMulticast, isUnspecified } from './ip.ts'
import { kernelUid, type Route, type RouteKey } from './routes.ts'
import type { Skb } from './skb.ts'
import { missing } from './stage.ts'
import { combined, forwards, isLocal, type Surroundings } from './surroundings.ts'

export type InputRoute =
  | { readonly kind: 'local' | 'forward'; readonly route: Route }
  | { readonly kind: 'unreachable'; readonly error: 'net' | 'host' | 'prohibited' }
  | { readonly kind: 'lost'; readonly reason: LossReason }
  | { readonly kind: 'unknown'; readonly missing: Missing }

const lost = (reason: LossReason): InputRoute => ({ kind: 'lost', reason })

/** ip_route_input_slow and ip6_route_input: martians, the source check, then local or forward. */
export const inputRoute = (kernel: Surroundings, skb: Skb, dev: string): InputRoute => {
  const routing = kernel.routing[skb.family]
  if (routing === undefined)
    return { kind: 'unknown', missing: missing('routes', `IPv${skb.family} of ${kernel.name}`) }
  if (skb.family === 4) {
    const martian = martian4(kernel, skb, dev)
    if (martian !== undefined) return lost(martian)
  }
  const answer = routing.lookup(inputKey(skb, dev))
  if (answer.kind === 'unknown') return { kind: 'unknown', missing: missing('routes', answer.rule.text) }
  if (answer.kind === 'none') return noRoute(kernel, skb, dev, answer.error)
  const { route } = answer
  if (route.type === 'broadcast' || route.type === 'multicast')
    return { kind: 'unknown', missing: missing('broadcast', route.text) }
  const local = route.type === 'local' || route.type === 'anycast'
  if (!local && !forwards(kernel, skb.family, dev)) return lost('not-forwarding')
  if (skb.family === 4) {
    const wrong = sourceCheck(kernel, skb, dev)
    if (wrong !== undefined) return wrong
  }
  return { kind: local ? 'local' : 'forward', route }
}

const inputKey = (skb: Skb, dev: string): RouteKey => ({
  dst: skb.dst,
  src: skb.src,
  mark: skb.mark,
  iif: dev,
  oif: undefined,
  uid: kernelUid,
  protocol: skb.protocol,
  sport: skb.sport,
  dport: skb.dport,
})

const martian4 = (kernel: Surroundings, { src, dst }: Skb, dev: string): LossReason | undefined => {
  const loopbackAllowed = combined(kernel, 'route_localnet', dev) !== 0
  if (isMulticast(src) || isUnspecified(src) || src === 0xffffffff) return 'martian-source'
  if (isUnspecified(dst)) return 'martian-destination'
  if (isLoopback(dst)) return loopbackAllowed ? undefined : 'martian-destination'
  if (isLoopback(src)) return loopbackAllowed ? undefined : 'martian-source'
  return undefined
}

/** ip_error says nothing where IPv4 does not forward; ip6_pkt_drop answers in any case. */
const noRoute = (
  kernel: Surroundings,
  skb: Skb,
  dev: string,
  error: 'net' | 'host' | 'prohibited' | 'blackhole',
): InputRoute =>
  error === 'blackhole' || (skb.family === 4 && !forwards(kernel, 4, dev))
    ? lost('no-route')
    : { kind: 'unreachable', error }

/** fib_validate_source: with rp_filter 0 only own addresses are refused, unless rules or local routes are custom. */
const sourceCheck = (kernel: Surroundings, skb: Skb, dev: string): InputRoute | undefined => {
  const strictness = combined(kernel, 'rp_filter', dev)
  const acceptLocal = combined(kernel, 'accept_local', dev) !== 0
  const routing = kernel.routing[4]
  if (routing === undefined) return undefined
  if (strictness === 0) {
    if (acceptLocal) return undefined
    if (!routing.custom) return isLocal(kernel, skb.src) ? lost('martian-source') : undefined
  }
  const back: RouteKey = {
    dst: skb.src,
    src: skb.dst,
    mark: combined(kernel, 'src_valid_mark', dev) === 0 ? 0 : skb.mark,
    iif: 'lo',
    oif: undefined,
    uid: kernelUid,
    protocol: '',
    sport: 0,
    dport: 0,
  }
  const answer = routing.lookup(back)
  if (answer.kind === 'unknown') return { kind: 'unknown', missing: missing('routes', answer.rule.text) }
  if (answer.kind === 'none') return strictness === 0 ? undefined : lost('reverse-path')
  const { type, hops } = answer.route
  if (type !== 'unicast' && !(type === 'local' && acceptLocal)) return lost('martian-source')
  if (hops.some(hop => hop.dev === dev)) return undefined
  if ((kernel.devices.get(dev)?.addresses ?? []).every(({ ip }) => typeof ip !== 'number'))
    return strictness === 0 ? undefined : lost('reverse-path')
  return strictness === 1 ? lost('reverse-path') : undefined
}
