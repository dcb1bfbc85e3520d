import type { Evidence } from '#model/evidence.ts'
import type { Choices } from './choices.ts'
import type { Missing } from './fate.ts'
import type { Ip } from './ip.ts'
import type { Skb } from './skb.ts'
import type { Socket } from './sockets.ts'
import type { Surroundings } from './surroundings.ts'

export type Hook = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting'

/** Where a rule stands. */
export interface RulePlace {
  readonly table: string
  readonly chain: string
  /** 1-based position within the chain, as `iptables -L --line-numbers` counts. */
  readonly number: number
  readonly packets: number | undefined
  readonly evidence: Evidence
}

/** What a rule may look at besides the packet: the namespace, the hook, and the chances of this run. */
export interface Stage {
  readonly kernel: Surroundings
  readonly hook: Hook
  readonly choices: Choices
  /** TPROXY and SNAT look up sockets and routes of the run. */
  readonly sockets: SocketsOfRun
  matched(rule: RulePlace, skb: Skb): void
  /** The policy of a base chain ends the packet; `evidence` is where it is written. */
  policyDrop(evidence: Evidence): void
}

export interface SocketsOfRun {
  established(skb: Skb): Socket | undefined
  listening(skb: Skb, address: Ip, port: number): Socket | undefined
}

export const missing = (what: Missing['what'], text: string, evidence?: Missing['evidence']): Missing =>
  evidence === undefined ? { kind: 'missing', what, text } : { kind: 'missing', what, text, evidence }
