import { isLinkLocal6, isLoopback } from './ip.ts'
import type { Kernel } from './kernel.ts'
import { type Segment, type Skb, senderOfReply, skbOf, type UnreachableCode } from './skb.ts'
import type { Socket } from './sockets.ts'

/** What the far end sends back. */

/** RST or an ICMP error that answers a packet. */
export const refusalOf = (of: Skb, how: 'rst' | UnreachableCode): Skb => {
  if (how === 'rst') return resetOf(of)
  const { src: dst, sport: dport, dst: src, dport: sport, family, protocol } = of
  const tuple = { src: dst, sport: dport, dst: src, dport: sport }
  return skbOf(
    { family, src, sport, dst, dport, protocol: 'icmp', segment: 'unreachable' },
    { code: how, quoted: { protocol, tuple } },
  )
}

/**
 * nf_ct_attach: what a rule or the routing sends back is of the connection of the packet it answers, in any zone. At a
 * closed port the packet has forgotten its connection, and conntrack looks for it again.
 */
export const attach = (reply: Skb, { tracking }: Skb): void => {
  if (tracking === undefined) return
  const { connection, direction } = tracking
  reply.tracking = { connection, direction: direction === 'original' ? 'reply' : 'original', state: 'RELATED' }
}

/**
 * tcp_v6_send_response: a reset to a loopback or link-local address must leave by the device that owns the address it
 * answers for, wherever the way back leads. Undefined: any device.
 */
export const deviceOfReset = ({ family, src, route, iif }: Skb): string | undefined =>
  family === 6 && (isLoopback(src) || isLinkLocal6(src)) ? (route?.hop.dev ?? iif) : undefined

export const accept = (listener: Socket, first: Skb, kernel: Kernel): Socket => ({
  ...listener,
  address: first.protocol === 'udp' ? listener.address : first.dst,
  port: first.protocol === 'udp' ? listener.port : first.dport,
  mark: listener.mark !== 0 || first.protocol === 'udp' ? listener.mark : markOfAccepted(kernel, first),
  peer: { address: first.src, port: first.sport },
})

const markOfAccepted = (kernel: Kernel, first: Skb): number =>
  (kernel.sysctl('net.ipv4.tcp_fwmark_accept') ?? 0) === 0 ? 0 : first.mark

export const resetOf = ({ family, protocol, src: dst, sport: dport, dst: src, dport: sport }: Skb): Skb =>
  skbOf({ family, protocol, segment: 'rst', src, sport, dst, dport })

export const answerTo = (skb: Skb, socket: Socket | undefined): Skb => {
  const segment: Segment =
    skb.segment === 'syn'
      ? 'syn-ack'
      : skb.segment === 'echo-request'
        ? 'echo-reply'
        : skb.segment === 'ack'
          ? 'ack'
          : 'datagram'
  const { family, protocol, src: dst, sport: dport } = skb
  const src = skb.protocol === 'udp' && socket?.address !== undefined ? socket.address : skb.dst
  const reply = skbOf({ family, protocol, segment, src, sport: skb.dport, dst, dport })
  reply.sender = socket ?? senderOfReply(reply)
  return reply
}
