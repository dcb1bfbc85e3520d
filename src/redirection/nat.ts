import { type Connection, invert, type Tuple } from './connection.ts'
import type { Ip } from './ip.ts'
import type { Skb } from './skb.ts'

export type Manip = 'destination' | 'source'

/** Rewrites one half of the connection; the ports stay where none is given. `changed` even when the address is the same. */
export const bind = (connection: Connection, manip: Manip, address: Ip | undefined, port: number | undefined): void => {
  const { reply } = connection
  if (manip === 'destination') {
    if (address !== undefined) reply.src = address
    if (port !== undefined) reply.sport = port
  } else {
    if (address !== undefined) reply.dst = address
    if (port !== undefined) reply.dport = port
  }
  const wanted = invert(reply)
  const { original } = connection
  connection.changed[manip] =
    manip === 'destination'
      ? wanted.dst !== original.dst || wanted.dport !== original.dport
      : wanted.src !== original.src || wanted.sport !== original.sport
  connection.decided[manip] = true
}

/** Applies what is bound: replies get the inverse, so a changed destination shows as a changed source on the way back. */
export const translate = (skb: Skb, manip: Manip): void => {
  const tracking = skb.tracking
  if (tracking === undefined) return
  const { connection, direction } = tracking
  const half = direction === 'original' ? manip : opposite(manip)
  if (!connection.changed[half]) return
  const target: Tuple = invert(direction === 'original' ? connection.reply : connection.original)
  if (manip === 'destination') {
    skb.dst = target.dst
    if (skb.segment !== 'unreachable') skb.dport = target.dport
  } else {
    skb.src = target.src
    if (skb.segment !== 'unreachable') skb.sport = target.sport
  }
  if (skb.quoted !== undefined) quoteAgain(skb, manip, target)
}

const opposite = (manip: Manip): Manip => (manip === 'destination' ? 'source' : 'destination')

/** The quoted header is translated the other way round, so that the sender recognises its own packet. */
const quoteAgain = (skb: Skb, manip: Manip, target: Tuple): void => {
  const tuple = skb.quoted?.tuple
  if (tuple === undefined) return
  if (manip === 'destination') {
    tuple.src = target.dst
    tuple.sport = target.dport
  } else {
    tuple.dst = target.src
    tuple.dport = target.sport
  }
}

/** ip_route_me_harder after nat OUTPUT: asked when this packet's destination is not its connection's plain answer. */
export const destinationMoved = (skb: Skb): boolean => {
  const tracking = skb.tracking
  if (tracking === undefined) return false
  const { original, reply } = tracking.connection
  return tracking.direction === 'original' ? original.dst !== reply.src : reply.dst !== original.src
}
