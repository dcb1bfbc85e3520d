import { type SocketAddress, socketText } from '#reason/address.ts'
import type { Forward } from './forward.ts'
import type { ZtunnelIndex } from './ztunnel-index.ts'

export interface TunnelHeaders {
  /** RFC 7239: whose connection it is, and the service that was asked for. */
  readonly forwarded: string
  /** Only in the inner tunnel of DOUBLEHBONE: the network that the connection comes from. */
  readonly 'x-forwarded-network'?: string
}

/** What a CONNECT tells the other end beside its authority (specs/ztunnel.md §4.7, §4.8). Undefined: there is no such tunnel. */
export const tunnelHeaders = (
  index: ZtunnelIndex,
  source: SocketAddress,
  { protocol, destinationService }: Forward,
  tunnel: 'outer' | 'inner' = 'outer',
): TunnelHeaders | undefined => {
  if (protocol === 'TCP' || (tunnel === 'inner' && protocol !== 'DOUBLEHBONE')) return undefined
  const host = destinationService === undefined ? '' : `;host=${destinationService.hostname}`
  const forwarded = `for="${socketText(source.ip, source.port)}"${host}`
  return tunnel === 'inner' ? { forwarded, 'x-forwarded-network': index.dump.config.network } : { forwarded }
}
