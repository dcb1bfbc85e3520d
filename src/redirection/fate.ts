import type { Evidence, NonEmpty } from '#model/evidence.ts'

/** Something the answer hangs on and nobody knows: an unknown match, a set or chain or device that was not recorded. */
export interface Missing {
  readonly kind: 'missing'
  readonly what:
    | 'match'
    | 'target'
    | 'expression'
    | 'chain'
    | 'set'
    | 'routes'
    | 'device'
    | 'registration-order'
    | 'chance'
    | 'program'
    | 'map'
    | 'broadcast'
  readonly text: string
  readonly evidence?: Evidence
}

export interface Endpoint {
  readonly address: string
  readonly port: number
}

export interface Arrival {
  readonly netns: string
  /** Undefined when the kernel itself answers (ping). */
  readonly listener: string | undefined
  /** The port it listens on, which a transparent socket's own address does not tell. */
  readonly listenerPort: number | undefined
  /** Nobody recorded the listeners of this namespace: that something listens is assumed. */
  readonly assumed: boolean
  /** The accepted socket's own address. */
  readonly local: Endpoint
  /** The source as the listener sees it; `anyPort` when the port was drawn at random on the way. */
  readonly peer: Endpoint
  readonly anyPort: boolean
  /** What SO_ORIGINAL_DST answers; undefined where conntrack does not know the connection. */
  readonly conntrackDestination: Endpoint | undefined
  /** The destination that the sender meant, as the listener can recover it. */
  readonly originalDestination: Endpoint
  readonly by: 'delivery' | 'nat' | 'tproxy' | 'program'
}

export type LossReason =
  | 'rule'
  | 'policy'
  | 'tproxy-without-socket'
  | 'not-forwarding'
  | 'no-route'
  | 'martian-source'
  | 'martian-destination'
  | 'reverse-path'
  | 'no-neighbour'
  | 'no-ztunnel'
  | 'no-address-for-redirect'
  | 'ttl'
  | 'stray-answer'

/** How one journey ends for the client. */
export type Fate =
  /** The whole exchange works: the answer comes back and is recognised. */
  | { readonly kind: 'arrives'; readonly at: Arrival }
  /** The packet leaves what was recorded: plain, with these addresses. */
  | {
      readonly kind: 'leaves'
      readonly netns: string
      readonly dev: string
      readonly from: Endpoint
      readonly to: Endpoint
      readonly mark: number
    }
  | { readonly kind: 'refused'; readonly netns: string; readonly by: 'no-listener' | 'rule' }
  /** The connection is made, but what the client sends next meets no connection and is answered with a reset. */
  | { readonly kind: 'reset'; readonly netns: string; readonly reached: Arrival }
  /** An ICMP error or the sender's own kernel: no route, no permission. */
  | { readonly kind: 'unreachable'; readonly netns: string; readonly error: 'net' | 'host' | 'prohibited' | 'invalid' }
  /** The client waits in vain. `reached` when only the answer was lost. */
  | {
      readonly kind: 'lost'
      readonly netns: string
      readonly reason: LossReason
      readonly reached: Arrival | undefined
      readonly evidence: Evidence | undefined
    }
  | { readonly kind: 'undetermined'; readonly missing: NonEmpty<Missing> }

/** A rule that matched. */
export interface Hit {
  readonly netns: string
  readonly family: 4 | 6
  readonly hook: string
  readonly table: string
  readonly chain: string
  readonly number: number
  /** The rule's packet counter when it was read. */
  readonly packets: number | undefined
  readonly evidence: Evidence
  /** `request` is the first packet, `answer` the first one back, `later` what follows. */
  readonly packet: 'request' | 'answer' | 'later'
}

export interface Branch {
  readonly probability: number
  readonly fate: Fate
  readonly path: readonly Hit[]
  readonly connections: readonly ConnectionFact[]
}

/** A conntrack entry as the first packet left it. */
export interface ConnectionFact {
  readonly netns: string
  readonly zone: number
  readonly mark: number
  readonly original: { readonly from: Endpoint; readonly to: Endpoint }
  readonly reply: { readonly from: Endpoint; readonly to: Endpoint }
}

/** One branch where nothing is left to chance; more where rules choose at random. */
export interface Evaluation {
  readonly branches: NonEmpty<Branch>
}
