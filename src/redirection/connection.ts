import type { Ip } from './ip.ts'

export type Protocol = 'tcp' | 'udp' | 'icmp' | 'sctp'

/** A zone asked for by CT or `ct zone set`; one direction only where the rule says so. */
export interface ZoneRequest {
  readonly id: number
  readonly direction: 'both' | Direction
}

export type Direction = 'original' | 'reply'

export interface Tuple {
  src: Ip
  sport: number
  dst: Ip
  dport: number
}

/** One conntrack entry. NAT is nothing but a `reply` tuple that is not the inverse of `original`. */
export interface Connection {
  readonly protocol: Protocol
  readonly zone: ZoneRequest | undefined
  readonly original: Tuple
  readonly reply: Tuple
  mark: number
  seenReply: boolean
  /** Which half NAT has decided, be it to change nothing. */
  decided: { destination: boolean; source: boolean }
  /** Which half NAT changed. */
  changed: { destination: boolean; source: boolean }
  /** It began with a SYN: until its answer is seen, an ACK from the same side is invalid. */
  readonly handshake: boolean
  /** The source port on the wire was drawn at random. */
  anyPort: boolean
  /** The device whose address MASQUERADE lent; packets that would leave by another end the connection. */
  masqueraded: string | undefined
}

export const invert = ({ src, sport, dst, dport }: Tuple): Tuple => ({ src: dst, sport: dport, dst: src, dport: sport })
