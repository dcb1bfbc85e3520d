import type { Ip } from '../ip.ts'
import { type Act, accept, drop } from './effect.ts'
import { firstAddress4 } from './nat.ts'

export interface TproxyOptions {
  /** Undefined or the wildcard: the address of the incoming device. */
  readonly address: Ip | undefined
  readonly port: number | undefined
  readonly mark: number
  readonly mask: number
}

/**
 * An established socket wins over the listener. iptables ends the table, and drops where no transparent socket is found
 * (specs/redirection.md §6.2); the nft statement only fails to match there.
 */
export const tproxy =
  (options: TproxyOptions, otherwise: typeof drop | 'break' = drop): Act =>
  (skb, { sockets, kernel }) => {
    if (skb.protocol !== 'tcp' && skb.protocol !== 'udp') return otherwise
    const device = kernel.devices.get(skb.iif ?? '')
    const own =
      skb.family === 4 ? firstAddress4(device) : device?.addresses.find(({ ip }) => typeof ip === 'bigint')?.ip
    const address = options.address ?? own ?? skb.dst
    const socket = sockets.established(skb) ?? sockets.listening(skb, address, options.port ?? skb.dport)
    if (socket === undefined || !socket.transparent) return otherwise
    skb.mark = ((skb.mark & ~options.mask) ^ options.mark) >>> 0
    skb.assigned = { socket, by: 'tproxy' }
    return otherwise === drop ? accept : undefined
  }
