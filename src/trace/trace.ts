import type { ExitKind } from '#errors.ts'
import type { NonEmpty, ObjectRef } from '#model/evidence.ts'
import type { RejectionCode } from './rejection.ts'
import type { Request } from './request.ts'
import type { Headers, Seen, Step } from './step.ts'

/**
 * Where in a request's life a hop stands, in the order in which stages may follow each other on one leg. A sidecar stands
 * at either end: before `outbound`, or before `deliver`.
 */
export const stages = [
  'resolve',
  'redirect-out',
  'sidecar',
  'outbound',
  'kube-proxy',
  'network',
  'gateway',
  'redirect-in',
  'inbound',
  'waypoint',
  'deliver',
] as const
export type Stage = (typeof stages)[number]

export interface Place {
  readonly kind: 'pod' | 'node' | 'ztunnel' | 'waypoint' | 'gateway' | 'sidecar' | 'network' | 'client'
  /** `namespace/name` of a pod, the node of a ztunnel, an address outside the mesh. */
  readonly name: string
  /** `namespace/name` of the workload behind a pod: it stays when pods come and go. */
  readonly workload?: string
}

/** Something that the answer rests on and that the input did not prove. */
export interface Assumption {
  readonly about: AssumptionKind
  readonly subject: string
}

export type AssumptionKind =
  | 'redirection'
  | 'sidecar-redirection'
  | 'probe-exemption'
  | 'peer-ztunnel-state'
  | 'peer-waypoint-state'
  | 'listener'
  | 'outside-endpoint'
  | 'kube-proxy'
  | 'cluster-dns'
  | 'ztunnel-version'
  | 'envoy-version'
  | 'network-policy'
  | 'client-address'
  | 'address-not-lost'
  | 'endpoint-not-left'
  | 'vip-not-lost'
  | 'network-gateway'

/** What would have to be known to go on. */
export interface Missing {
  readonly what: MissingKind
  readonly subject: string
  /** The unmodelled thing in the field's own words, e.g. a filter name. */
  readonly detail?: string
  /** Why the cluster that was asked did not give it. */
  readonly lost?: Loss
}

/** Evidence that was asked for and could not be had. */
export interface Loss {
  readonly kind: ExitKind
  readonly why: string
  /** What would change that. */
  readonly next: readonly string[]
}

export type MissingKind =
  | 'ztunnel-dump'
  | 'waypoint-dump'
  | 'foreign-waypoint'
  | 'waypoint-configuration'
  | 'gateway-dump'
  | 'redirection-rules'
  | 'dns-answer'
  | 'listener'
  | 'network-path'
  | 'network-policy-facts'
  | 'foreign-network-policy'
  | 'remote-network'
  | 'service-objects'
  | 'filter'
  | 'decision'

/** What the application that sent the request gets back. */
export type ClientSees =
  | {
      readonly kind: 'response'
      readonly status?: number
      readonly body?: string
      readonly grpcStatus?: number
      /** Of a proxy's own answer, names in lower case. */
      readonly headers?: Headers
      /** How the access log of the proxy that answers in the upstream's place tells it. */
      readonly log?: { readonly flags: readonly string[]; readonly details: string }
      /** A rule of the proxy, which its dump does not decide, may give the answer another status and body. */
      readonly unsure?: true
    }
  | { readonly kind: 'connected' }
  | { readonly kind: 'closed-after-accept' }
  /** Accepted, then closed once a proxy has given up; a client with less patience sees a timeout. */
  | { readonly kind: 'closed-late'; readonly afterSeconds: number }
  | { readonly kind: 'refused' }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'stalled' }
  | { readonly kind: 'dns-error' }
  /** The other side speaks no TLS, or nothing else; `status` is that of an answer in clear text. */
  | { readonly kind: 'tls-error'; readonly status?: number }

export type Verdict =
  | {
      readonly kind: 'delivered'
      readonly to: ObjectRef
      readonly address: string
      readonly peer: Seen
      readonly clientSees: ClientSees
    }
  | {
      readonly kind: 'rejected'
      readonly by: Place
      readonly code: RejectionCode
      /** The refusing proxy's own words. */
      readonly error?: string
      readonly clientSees: ClientSees
    }
  | {
      readonly kind: 'undetermined'
      readonly missing: NonEmpty<Missing>
      /** How it goes on if the thing that is not known lets the request pass. */
      readonly provided?: Path
    }

/** The fields of the ztunnel access-log line that a hop causes; absent fields are not logged. */
export interface Hop {
  readonly stage: Stage
  readonly place: Place
  readonly steps: NonEmpty<Step>
  readonly assumed: readonly Assumption[]
  /** Copies of the request that leave here, and what becomes of them: no part of the verdict. */
  readonly aside?: readonly Aside[]
}

/** A mirrored request. Whatever answers it, the client sees nothing of that. */
export interface Aside extends Path {
  readonly cluster: string
  readonly percent: number
}

export interface Branch extends Path {
  /** 0…1; absent where nothing tells. */
  readonly probability?: number
  /** What this branch chose, e.g. the endpoint. */
  readonly chose: string
}

export interface Fork {
  readonly kind: 'fork'
  readonly because: ForkReason
  readonly branches: NonEmpty<Branch>
}

export type ForkReason =
  | 'load-balancing'
  | 'dns-answers'
  | 'stale-cidr'
  | 'shared-vip'
  | 'shared-address'
  | 'weights'
  | 'percentage'
  | 'insertion-order'
  | 'first-speaker'
  | 'open-connection'

/** Hops in order, then a verdict or a fork. */
export interface Path {
  readonly hops: readonly Hop[]
  readonly end: Verdict | Fork
}

export interface Trace extends Path {
  readonly request: Request
  readonly from: Place
  readonly hops: NonEmpty<Hop>
}

export type Outcome = Verdict['kind'] | 'ambiguous'

/** The verdicts of all branches, in order. */
export const verdictsOf = (path: Path): readonly Verdict[] =>
  path.end.kind === 'fork' ? path.end.branches.flatMap(verdictsOf) : [path.end]

/** One word for the whole trace: `ambiguous` when branches disagree in kind. */
export const outcomeOf = (path: Path): Outcome => {
  const kinds = new Set(verdictsOf(path).map(verdict => verdict.kind))
  const [only] = kinds
  return kinds.size === 1 && only !== undefined ? only : 'ambiguous'
}

/** Every assumption of every branch, once. */
export const assumptionsOf = (path: Path): readonly Assumption[] => {
  const found = new Map<string, Assumption>()
  const visit = ({ hops, end }: Path): void => {
    for (const assumption of hops.flatMap(hop => hop.assumed))
      found.set(`${assumption.about} ${assumption.subject}`, assumption)
    for (const { aside = [] } of hops) aside.forEach(visit)
    if (end.kind === 'fork') end.branches.forEach(visit)
    if (end.kind === 'undetermined' && end.provided !== undefined) visit(end.provided)
  }
  visit(path)
  return [...found.values()]
}

export const hop = (
  stage: Stage,
  place: Place,
  steps: NonEmpty<Step>,
  assumed: readonly Assumption[] = [],
  aside: readonly Aside[] = [],
): Hop => ({
  stage,
  place,
  steps,
  assumed,
  ...(aside.length > 0 && { aside }),
})

export const ends = (verdict: Verdict): Path => ({ hops: [], end: verdict })

export const after = (first: Hop, rest: Path): Path => ({ hops: [first, ...rest.hops], end: rest.end })

export const undetermined = (what: MissingKind, subject: string, detail?: string): Path =>
  ends({ kind: 'undetermined', missing: [{ what, subject, ...(detail !== undefined && { detail }) }] })

/** A fork of one branch is no fork. */
export const forked = (because: ForkReason, branches: readonly Branch[]): Path => {
  const [first, ...rest] = branches
  if (first === undefined) throw new Error('a fork needs a branch')
  if (rest.length === 0) return { hops: first.hops, end: first.end }
  return { hops: [], end: { kind: 'fork', because, branches: [first, ...rest] } }
}
