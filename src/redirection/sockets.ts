import type { Protocol } from './connection.ts'
import type { Ip } from './ip.ts'

/** A listener, or the socket of a client that waits for its answer. */
export interface Socket {
  readonly netns: string
  readonly name: string
  readonly family: 4 | 6
  readonly protocol: Protocol
  /** `undefined` is the wildcard address. */
  readonly address: Ip | undefined
  readonly port: number
  /** A `::` socket that also takes IPv4. */
  readonly dual: boolean
  readonly mark: number
  readonly transparent: boolean
  readonly uid: number | undefined
  readonly gid: number | undefined
  readonly dev: string | undefined
  /** The other end, for a client's or an accepted socket. */
  readonly peer?: { readonly address: Ip; readonly port: number }
  /** Nobody recorded the listeners of this namespace: that something listens here is assumed. */
  readonly assumed?: boolean
}

export interface SocketKey {
  readonly protocol: Protocol
  readonly address: Ip
  readonly port: number
  readonly from: Ip
  readonly fromPort: number
  readonly dev: string | undefined
}

const takes = (socket: Socket, address: Ip): boolean =>
  socket.address === undefined
    ? socket.family === (typeof address === 'number' ? 4 : 6) || (socket.dual && typeof address === 'number')
    : socket.address === address

export const established = (sockets: readonly Socket[], key: SocketKey): Socket | undefined =>
  sockets.find(
    socket =>
      socket.peer !== undefined &&
      socket.protocol === key.protocol &&
      socket.port === key.port &&
      socket.address === key.address &&
      socket.peer.address === key.from &&
      socket.peer.port === key.fromPort,
  )

/** inet_lookup_listener: an exact address wins over the wildcard, a bound device over none, the own family over dual. */
export const listening = (sockets: readonly Socket[], key: SocketKey): Socket | undefined => {
  let best: Socket | undefined
  for (const socket of sockets) {
    if (socket.peer !== undefined || socket.protocol !== key.protocol || socket.port !== key.port) continue
    if (socket.dev !== undefined && socket.dev !== key.dev) continue
    if (takes(socket, key.address) && (best === undefined || score(socket) > score(best))) best = socket
  }
  return best
}

const score = (socket: Socket): number =>
  (socket.address === undefined ? 0 : 4) + (socket.dev === undefined ? 0 : 2) + (socket.dual ? 0 : 1)
