import type { Missing } from './fate.ts'
import type { Skb } from './skb.ts'

/** Membership of a packet in a named set, by the fields that the rule names (`src`, `dst`, `src,dst`…). */
export type SetTest = (skb: Skb, fields: readonly string[]) => boolean | Missing
