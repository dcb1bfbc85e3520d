import type { ExitKind } from '#errors.ts'
import type { Evidence, NonEmpty, ObjectRef, Reason } from '#model/evidence.ts'
import type { WhyNoWaypoint } from '#model/why-waypoint.ts'
import type { RouterPolicy, WaypointStep } from '#waypoint/outcome.ts'
import type { LostEndpoint } from '#ztunnel/steps.ts'
import type { RejectionCode } from './rejection.ts'
import type { Request } from './request.ts'

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

export type Headers = readonly (readonly [name: string, value: string])[]

/** How the server sees its peer; no address where the node rewrites it to one that no input told. */
export interface Seen {
  readonly address?: string
  readonly identity?: string
}

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
export type AccessLog = Readonly<Record<string, string>>

export interface StepDetails {
  readonly name: {
    readonly asked: string
    /** `nobody`: the query is sent to ztunnel, which does not listen. */
    readonly by: 'literal' | 'ztunnel-dns' | 'cluster-dns' | 'sidecar-routes' | 'nobody'
    readonly answers: readonly string[]
    /** The rule that brings the query to ztunnel: `nat ISTIO_OUTPUT #2`. */
    readonly rule?: string
  }
  readonly capture: {
    readonly direction: 'out' | 'in'
    /** `dead`: nobody listens; `lost`: no answer comes back; `reset`: only the first packet arrives where it should. */
    readonly outcome: 'captured' | 'dead' | 'passed' | 'exempt' | 'lost' | 'reset'
    readonly why: CaptureReason
    /** The listener that gets the packet, when captured. */
    readonly port?: number
    readonly by: 'rules' | 'enrolment'
    /** The rule that decided: `nat ISTIO_OUTPUT #5`. */
    readonly rule?: string
  }
  readonly address: {
    readonly address: string
    readonly found: 'service' | 'workload' | 'nothing'
    readonly object?: ObjectRef
  }
  readonly waypoint: {
    /** `namespace/name`; absent when none is used. */
    readonly waypoint?: string
    readonly of: { readonly kind: 'service' | 'workload'; readonly name: string }
    readonly why: 'attached' | 'service-addressed' | 'source-is-the-waypoint' | 'not-in-force'
    /** What kind of traffic its Gateway says it is for, where the call is to a workload. */
    readonly waypointFor?: string
    /** Why a waypoint that the objects ask for is not in force. */
    readonly missing?: WhyNoWaypoint
    /** The request's port, where the service has others only: its waypoint has no filter chain for it. */
    readonly unserved?: { readonly port: number; readonly ports: readonly number[] }
  }
  readonly endpoint: { readonly workload: string; readonly address: string; readonly candidates: number }
  /** Why a service gave no endpoint. */
  readonly 'no-endpoint': {
    /** `namespace/name` */
    readonly service: string
    readonly port: number
    /** Ports of the service. */
    readonly ports: readonly number[]
    /** How many of its endpoints were left out, by why. */
    readonly lost: Readonly<Partial<Record<LostEndpoint['why'], number>>>
    /** Workloads that belong to it and are no endpoints, because they are not healthy. */
    readonly unhealthy: number
  }
  readonly tunnel: {
    readonly protocol: 'TCP' | 'HBONE' | 'DOUBLEHBONE'
    readonly nextHop: string
    readonly authority?: string
    readonly identity?: string
    readonly expects: readonly string[]
    readonly log: AccessLog
  }
  readonly refusal: {
    readonly code: RejectionCode
    readonly error: string
    readonly log: AccessLog
    /** What the ztunnel at the other end of the tunnel logs of it. */
    readonly clientError?: string
  }
  readonly admission: {
    readonly authority?: string
    readonly target: string
    readonly peer: Seen
    readonly log: AccessLog
  }
  readonly policy: {
    readonly decision: 'allow' | 'deny'
    readonly why: 'no-allow-policies' | 'allow-match' | 'from-waypoint' | 'deny-match' | 'no-allow-match'
    /** Key `namespace/name` of the policy that decided. */
    readonly policy?: string
    readonly considered: number
  }
  readonly 'kube-proxy': {
    readonly address: string
    readonly service?: string
    readonly chosen?: string
    readonly candidates: number
  }
  readonly 'network-policy': {
    readonly direction: 'egress' | 'ingress'
    /** The pod whose policies these are. */
    readonly pod: string
    readonly port: number
    readonly allowed: boolean
    readonly policies: readonly string[]
  }
  /** One decision of Envoy, in its own vocabulary. */
  readonly envoy: EnvoyStep
  readonly answer: {
    /** `%RESPONSE_CODE%`; absent where no HTTP was spoken. */
    readonly status?: number
    /** `%RESPONSE_FLAGS%` */
    readonly flags: readonly string[]
    /** `%RESPONSE_CODE_DETAILS%`, else `%CONNECTION_TERMINATION_DETAILS%`. */
    readonly details?: string
    /** One of these is `%UPSTREAM_HOST%`: it had been connected to before the close. */
    readonly dialled?: readonly string[]
    readonly filterChain?: string
    readonly route?: string
    readonly cluster?: string
  }
  readonly upstream: {
    /** `%UPSTREAM_HOST%` */
    readonly host: string
    readonly method?: string
    readonly path?: string
    readonly authority?: string
    /** As the backend gets them, names in lower case. */
    readonly headers?: Headers
    /** Those of them that the configuration added or changed, and the names of the client's own that it took away. */
    readonly changed?: { readonly set: Headers; readonly removed: readonly string[] }
    /** What the router does around the attempt. */
    readonly policy?: RouterPolicy
    readonly filterChain?: string
    readonly route?: string
    readonly cluster?: string
  }
  readonly listener: { readonly address: string; readonly known: 'listening' | 'declared' | 'absent' }
  readonly network: {
    readonly address: string
    /** The objects that declare an endpoint there. */
    readonly declaredBy: readonly ObjectRef[]
  }
}

/** A step of the waypoint engine without its evidence, which the trace's own step carries. */
export type EnvoyStep = WaypointStep extends infer Each
  ? Each extends WaypointStep
    ? Omit<Each, 'evidence'>
    : never
  : never

export type CaptureReason =
  | 'rules'
  | 'enrolled'
  | 'not-enrolled'
  | 'host-network'
  | 'own-address'
  | 'loopback'
  | 'bypass-inbound'
  | 'probe-address'
  | 'tunnel-port'
  | 'not-tcp'
  | 'waypoint-pod'

export type StepKind = keyof StepDetails

export type Step = {
  [K in StepKind]: {
    readonly kind: K
    readonly detail: StepDetails[K]
    readonly evidence: readonly Evidence[]
    /** The whole argument, shown at `--verbosity detailed`. */
    readonly because: readonly Reason[]
  }
}[StepKind]

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

export const step = <K extends StepKind>(
  kind: K,
  detail: StepDetails[K],
  evidence: readonly Evidence[] = [],
  because: readonly Reason[] = [],
): Step => ({ kind, detail, evidence, because }) as Step

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

/** Steps in order; a hop without a step is our bug. */
export const inOrder = (steps: readonly Step[]): NonEmpty<Step> => {
  const [first, ...rest] = steps
  if (first === undefined) throw new Error('a hop needs a step')
  return [first, ...rest]
}

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
