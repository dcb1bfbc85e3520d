import type { Arrival, Endpoint, Fate, LossReason, Missing } from './fate.ts'
import { type Ip, showIp } from './ip.ts'
import type { End } from './journey.ts'
import type { Kernel } from './kernel.ts'

/** How the end of a packet is told as the fate of a flow. */

export const undetermined = (what: Missing): Fate => ({ kind: 'undetermined', missing: [what] })

export const leaves = (end: End & { kind: 'left' }): Fate => ({
  kind: 'leaves',
  netns: end.kernel.name,
  dev: end.dev,
  from: endpoint(end.skb.src, end.skb.sport),
  to: endpoint(end.skb.dst, end.skb.dport),
  mark: end.skb.mark,
})

export const lossOf = (end: End): LossReason => (end.kind === 'lost' ? end.reason : 'stray-answer')

export const answerLost = (kernel: Kernel, end: End, reached: Arrival): Fate => ({
  kind: 'lost',
  netns: end.kind === 'unknown' ? kernel.name : end.kernel.name,
  reason: lossOf(end),
  reached,
  evidence: end.kind === 'lost' ? end.evidence : undefined,
})

export const endpoint = (ip: Ip, port: number): Endpoint => ({ address: showIp(ip), port })

export const ends = (tuple: { src: Ip; sport: number; dst: Ip; dport: number }) => ({
  from: endpoint(tuple.src, tuple.sport),
  to: endpoint(tuple.dst, tuple.dport),
})
