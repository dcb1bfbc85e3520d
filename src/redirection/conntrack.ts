import { type Connection, type Direction, invert, type Protocol, type Tuple, type ZoneRequest } from './connection.ts'
import type { Skb } from './skb.ts'

const same = (tuple: Tuple, skb: Skb): boolean =>
  tuple.src === skb.src && tuple.dst === skb.dst && tuple.sport === skb.sport && tuple.dport === skb.dport

const zoneFor = (zone: ZoneRequest | undefined, direction: Direction): number =>
  zone === undefined || (zone.direction !== 'both' && zone.direction !== direction) ? 0 : zone.id

/** The entries of one namespace during one evaluation. */
export class Conntrack {
  readonly connections: Connection[] = []
  /** How many entries were ended before their time. */
  killed = 0

  /** Gives the packet its tracking; a packet that fits no entry and may not start one stays without (`INVALID`). */
  track(skb: Skb): void {
    if (skb.tracking !== undefined || skb.untracked) return
    if (skb.quoted !== undefined) this.relate(skb)
    else this.look(skb)
    skb.zone = undefined // asked for once: an invalid packet that loops over lo is looked up again without it
  }

  kill(connection: Connection): void {
    this.connections.splice(this.connections.indexOf(connection), 1)
    this.killed++
  }

  private look(skb: Skb): void {
    const known = this.find(skb)
    if (known !== undefined) {
      if (
        skb.segment === 'ack' &&
        known.direction === 'original' &&
        !known.connection.seenReply &&
        known.connection.handshake
      )
        return
      skb.tracking = known.direction === 'reply' ? this.answered(known.connection) : this.forward(known.connection)
      return
    }
    if (!mayBegin(skb)) return
    const original: Tuple = { src: skb.src, sport: skb.sport, dst: skb.dst, dport: skb.dport }
    const connection: Connection = {
      protocol: skb.protocol,
      zone: skb.zone,
      original,
      reply: invert(original),
      mark: 0,
      handshake: skb.segment === 'syn',
      seenReply: false,
      decided: { destination: false, source: false },
      changed: { destination: false, source: false },
      anyPort: false,
      masqueraded: undefined,
    }
    this.connections.push(connection)
    skb.tracking = { connection, direction: 'original', state: 'NEW' }
  }

  /** getorigdst: the entry of zone 0 whose answers have this tuple. */
  answering(tuple: Tuple, protocol: Protocol): Connection | undefined {
    return this.connections.find(
      of => of.protocol === protocol && zoneFor(of.zone, 'reply') === 0 && sameTuple(of.reply, tuple),
    )
  }

  private answered(connection: Connection): Skb['tracking'] {
    connection.seenReply = true
    return { connection, direction: 'reply', state: 'ESTABLISHED' }
  }

  private forward(connection: Connection): Skb['tracking'] {
    return { connection, direction: 'original', state: connection.seenReply ? 'ESTABLISHED' : 'NEW' }
  }

  private find(skb: Skb): { connection: Connection; direction: Direction } | undefined {
    for (const connection of this.connections) {
      if (connection.protocol !== skb.protocol) continue
      for (const direction of ['original', 'reply'] as const) {
        if (zoneFor(connection.zone, direction) !== zoneFor(skb.zone, direction)) continue
        if (same(direction === 'original' ? connection.original : connection.reply, skb))
          return { connection, direction }
      }
    }
    return undefined
  }

  /** An ICMP error belongs to the connection whose answer the inverse of the quoted packet would be. */
  private relate(skb: Skb): void {
    const quoted = skb.quoted
    if (quoted === undefined) return
    const answer = invert(quoted.tuple)
    for (const connection of this.connections) {
      if (connection.protocol !== quoted.protocol) continue
      for (const direction of ['original', 'reply'] as const) {
        const tuple = direction === 'original' ? connection.original : connection.reply
        if (zoneFor(connection.zone, direction) !== zoneFor(skb.zone, direction)) continue
        if (!sameTuple(tuple, answer)) continue
        skb.tracking = { connection, direction, state: 'RELATED' }
        return
      }
    }
  }
}

const sameTuple = (left: Tuple, right: Tuple): boolean =>
  left.src === right.src && left.dst === right.dst && left.sport === right.sport && left.dport === right.dport

/** tcp_conntracks: SYN begins, a stray ACK is picked up (`nf_conntrack_tcp_loose`), SYN-ACK and RST are invalid. */
const mayBegin = (skb: Skb): boolean =>
  skb.segment === 'syn' || skb.segment === 'ack' || skb.segment === 'datagram' || skb.segment === 'echo-request'
