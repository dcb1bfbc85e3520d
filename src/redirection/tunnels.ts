import type { Missing } from './fate.ts'
import type { Ip } from './ip.ts'
import { outputRoute } from './output-route.ts'
import type { Route } from './routes.ts'
import { type Skb, scrub, skbOf } from './skb.ts'
import type { Surroundings } from './surroundings.ts'

/** The outer UDP packet keeps the inner mark, which is what routes it past the tunnel rules (specs/redirection.md §3). */
export const encapsulate = (
  kernel: Surroundings,
  tunnel: { readonly id: number; readonly remote: Ip; readonly port: number },
  inner: Skb,
):
  | { readonly kind: 'sent'; readonly skb: Skb; readonly route: Route }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'unknown'; readonly missing: Missing } => {
  const way = outputRoute(kernel, {
    dst: tunnel.remote,
    src: undefined,
    mark: inner.mark,
    transparent: false,
    uid: undefined,
    oif: undefined,
    protocol: 'udp',
    sport: 0,
    dport: tunnel.port,
  })
  if (way.kind !== 'route') return way.kind === 'unknown' ? way : { kind: 'unreachable' }
  const skb = skbOf(
    {
      family: typeof tunnel.remote === 'number' ? 4 : 6,
      protocol: 'udp',
      segment: 'datagram',
      src: way.source,
      dst: tunnel.remote,
      sport: 49152 + (tunnel.id % 1024),
      dport: tunnel.port,
    },
    { mark: inner.mark, sender: inner.sender, inside: { id: tunnel.id, skb: inner } },
  )
  return { kind: 'sent', skb, route: way.route }
}

/** The tunnel device that takes this packet: same port, same id, and the far end that it names. */
export const decapsulates = (
  kernel: Surroundings,
  skb: Skb,
): { readonly dev: string; readonly inner: Skb } | undefined => {
  const { inside } = skb
  if (inside === undefined) return undefined
  for (const { name, tunnel } of kernel.devices.values())
    if (tunnel !== undefined && tunnel.id === inside.id && tunnel.port === skb.dport) {
      const inner = inside.skb
      scrub(inner)
      inner.mark = skb.mark
      return { dev: name, inner }
    }
  return undefined
}
