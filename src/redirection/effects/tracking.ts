import type { ZoneRequest } from '../connection.ts'
import type { Act } from './effect.ts'

/** Only packets that conntrack has not seen can be given a zone: on lo it comes too late, and the first request stands. */
export const zone =
  (request: ZoneRequest): Act =>
  skb => {
    if (skb.tracking === undefined && !skb.untracked) skb.zone ??= request
    return undefined
  }

/** `ct zone set` looks only for an entry, where CT also minds a packet that `notrack` passed: in nft it undoes that. */
export const zoneOfNft =
  (request: ZoneRequest): Act =>
  (skb, stage) => {
    if (skb.tracking === undefined) skb.untracked = false
    return zone(request)(skb, stage)
  }

export const notrack: Act = skb => {
  if (skb.tracking === undefined && skb.zone === undefined) skb.untracked = true
  return undefined
}
