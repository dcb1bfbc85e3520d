import type { Evidence } from '#model/evidence.ts'
import type { Listener } from './listener.ts'
import type { Seen } from './step.ts'
import type { Assumption, Hop } from './trace.ts'

/** Ports of ztunnel in a pod's network namespace (specs/ztunnel.md §1.1). */
export const ztunnelPorts = { outbound: 15001, plaintext: 15006, hbone: 15008 } as const

/** The source address of the node's own traffic to a captured pod, which the pod's rules let pass (specs/redirection.md). */
export const probeAddress = '169.254.7.127'

/**
 * Where the rules of a pod send a packet. `dead`: to a port without a listener; `lost`: nobody answers; `reset`: what
 * comes after the first packet goes elsewhere, and the connection is reset.
 */
export interface Capture {
  readonly outcome: 'captured' | 'passed' | 'exempt' | 'dead' | 'lost' | 'reset' | 'unknown'
  readonly hop: Hop
  /** As whom the packet stands before the listener. */
  readonly peer?: Seen
  /** What the rules' own recording tells of the application's listener. */
  readonly listener?: Listener
  /** Why it is not known, in the rule's own words. */
  readonly missing?: string
}

/** How a packet looks when it reaches the pod, and what tells it. */
export interface Approach {
  readonly peer: Seen
  readonly evidence: readonly Evidence[]
  readonly assumed: readonly Assumption[]
  /** What nobody knows and decides under which address the packet comes. */
  readonly missing?: string
}
