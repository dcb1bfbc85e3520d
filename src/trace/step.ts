import type { Evidence, NonEmpty, ObjectRef, Reason } from '#model/evidence.ts'
import type { WhyNoWaypoint } from '#model/why-waypoint.ts'
import type { RouterPolicy, WaypointStep } from '#waypoint/outcome.ts'
import type { LostEndpoint } from '#ztunnel/steps.ts'
import type { RejectionCode } from './rejection.ts'

export type Headers = readonly (readonly [name: string, value: string])[]

/** How the server sees its peer; no address where the node rewrites it to one that no input told. */
export interface Seen {
  readonly address?: string
  readonly identity?: string
}

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
  readonly endpoint: {
    readonly workload: string
    /** Empty where only a gateway of its network leads to it. */
    readonly address: string
    readonly candidates: number
    /** Of the endpoint, where it is not the client's. */
    readonly network?: string
  }
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
    /** How it is reached, where it is a tunnel: of two in each other the authority is that of both. */
    readonly tunnel?: {
      readonly protocol: 'HBONE' | 'DOUBLEHBONE'
      readonly nextHop: string
      readonly authority: string
    }
    readonly method?: string
    readonly path?: string
    readonly authority?: string
    /** As the backend gets them, names in lower case. */
    readonly headers?: Headers
    /** More of them, each with the format of a value that no dump tells. */
    readonly unknownHeaders?: Headers
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

export const step = <K extends StepKind>(
  kind: K,
  detail: StepDetails[K],
  evidence: readonly Evidence[] = [],
  because: readonly Reason[] = [],
): Step => ({ kind, detail, evidence, because }) as Step

/** Steps in order; a hop without a step is our bug. */
export const inOrder = (steps: readonly Step[]): NonEmpty<Step> => {
  const [first, ...rest] = steps
  if (first === undefined) throw new Error('a hop needs a step')
  return [first, ...rest]
}
