import type { ZoneRequest } from '../connection.ts'
import type { Act } from './effect.ts'

/** Only packets that conntrack has not seen can be given a zone: on lo it comes too late, and the first request stands. */
export const zone =
  (request: ZoneRequest): Act =>
  skb => {
    if (skb.tracking === undefined && !skb.untracked) skb.zone ??= request
    return undefined
  }

export const notrack: Act = skb => {
  if (skb.tracking === undefined && skb.zone === undefined) skb.untracked = true
  return undefined
}
