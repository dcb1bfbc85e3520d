import type { Connection, Direction, Protocol, Tuple, ZoneRequest } from './connection.ts'
import type { Family, Ip } from './ip.ts'
import type { Route } from './routes.ts'
import type { Socket } from './sockets.ts'

/** What a packet is within its flow; the conntrack state and socket lookup need no more of the header. */
export type Segment =
  | 'syn'
  | 'syn-ack'
  | 'ack'
  | 'rst'
  | 'datagram'
  | 'echo-request'
  | 'echo-reply'
  /** ICMP destination unreachable; `inner` is the packet it complains about. */
  | 'unreachable'

export type UnreachableCode = 'net' | 'host' | 'port' | 'prohibited'

/** How conntrack sees one packet. */
export interface Tracking {
  readonly connection: Connection
  readonly direction: Direction
  readonly state: 'NEW' | 'ESTABLISHED' | 'RELATED'
}

/** Whose socket sent a packet. An id is undefined where nobody recorded it, `none` where no process holds the socket. */
export interface Sender {
  readonly uid: number | 'none' | undefined
  readonly gid: number | 'none' | undefined
}

/** The socket that the kernel keeps for itself. */
const kernelSocket: Sender = { uid: 'none', gid: 'none' }

/** Resets of IPv4 and ICMP messages of both families go out by a socket of the kernel's own; resets of IPv6 have none. */
export const senderOfReply = ({ segment, family }: Pick<Skb, 'segment' | 'family'>): Sender | undefined =>
  segment === 'rst' && family === 6 ? undefined : kernelSocket

/** One packet on its way; the kernel changes it in place, and so do the stages here. */
export interface Skb {
  readonly family: Family
  readonly protocol: Protocol
  readonly segment: Segment
  src: Ip
  dst: Ip
  /** The identifier of an echo stands in both ports, as conntrack keys it. */
  sport: number
  dport: number
  mark: number
  /** Device it came in by; undefined for locally made packets until they loop back. */
  iif: string | undefined
  oif: string | undefined
  /** The local socket that sent it; lost when the packet loops over `lo` or leaves its namespace. */
  sender: Sender | undefined
  /** The socket that TPROXY, a BPF program or early demux has chosen. */
  assigned: { readonly socket: Socket; readonly by: 'tproxy' | 'program' } | undefined
  /** Survives loopback: `lo` does not ask the input route again. */
  route: Route | undefined
  tracking: Tracking | undefined
  untracked: boolean
  /** Zone asked for by CT in raw, before conntrack looks. */
  zone: ZoneRequest | undefined
  /** skb->cb[4] of the node eBPF generation. */
  redirected: 'OUT' | 'IN' | 'BYPASS' | undefined
  readonly code?: UnreachableCode
  readonly quoted?: { readonly protocol: Protocol; readonly tuple: Tuple }
  /** The packet inside a tunnel's packet. */
  readonly inside?: { readonly id: number; readonly skb: Skb }
}

type Header = Pick<Skb, 'family' | 'protocol' | 'segment' | 'src' | 'dst' | 'sport' | 'dport'>

export const skbOf = (header: Header, rest: Partial<Skb> = {}): Skb => ({
  mark: 0,
  iif: undefined,
  oif: undefined,
  sender: undefined,
  assigned: undefined,
  route: undefined,
  tracking: undefined,
  untracked: false,
  zone: undefined,
  redirected: undefined,
  ...header,
  ...rest,
})

/** A packet leaves its namespace: mark, conntrack, socket and route stay behind. */
export const scrub = (skb: Skb): void => {
  skb.mark = 0
  skb.iif = undefined
  skb.oif = undefined
  skb.sender = undefined
  forgetTracking(skb)
}

export const forgetTracking = (skb: Skb): void => {
  skb.assigned = undefined
  skb.route = undefined
  skb.tracking = undefined
  skb.untracked = false
  skb.zone = undefined
}
