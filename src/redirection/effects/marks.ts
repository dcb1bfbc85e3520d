import type { Act } from './effect.ts'

/** `--set-xmark V/M`: clears the bits of M, then flips those of V (specs/redirection.md §6.4). */
export const setXmark =
  (value: number, mask: number): Act =>
  skb => {
    skb.mark = ((skb.mark & ~mask) ^ value) >>> 0
    return undefined
  }

export const setConnmark =
  (value: number, mask: number): Act =>
  ({ tracking }) => {
    if (tracking === undefined) return undefined
    const { connection } = tracking
    connection.mark = ((connection.mark & ~mask) ^ value) >>> 0
    return undefined
  }

export const saveMark =
  (nfmask: number, ctmask: number): Act =>
  skb => {
    if (skb.tracking === undefined) return undefined
    const { connection } = skb.tracking
    connection.mark = ((connection.mark & ~ctmask) ^ (skb.mark & nfmask)) >>> 0
    return undefined
  }

export const restoreMark =
  (nfmask: number, ctmask: number): Act =>
  skb => {
    if (skb.tracking === undefined) return undefined
    skb.mark = ((skb.mark & ~nfmask) ^ (skb.tracking.connection.mark & ctmask)) >>> 0
    return undefined
  }
