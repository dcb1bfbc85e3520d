import type { Evidence, ObjectRef, Reason } from '#model/evidence.ts'
import type { LocalReply } from './exchange.ts'
import type { MatcherHop } from './matcher/tree.ts'

export interface RouteRef {
  readonly name: string
  readonly virtualHost: string
  readonly virtualHostIndex: number
  readonly index: number
  readonly origin?: ObjectRef
}

/** How far the connection came; printed beside every ending, and what the access log calls these. */
export interface Reached {
  filterChain?: string
  /** `10.96.1.2:9080`, as main_internal sees it. */
  destination?: string
  route?: RouteRef
  cluster?: string
}

/** What travels from Envoy to the endpoint. */
export type TunnelHop =
  | {
      readonly kind: 'hbone'
      /** `10.244.1.7:15008` */
      readonly dial: string
      /** `:authority` of the CONNECT. */
      readonly authority: string
      readonly headers: readonly (readonly [string, string])[]
      /** Milliseconds for which Envoy waits for the connection. */
      readonly connectMs: number
      /** The CONNECT that travels inside, of a double tunnel. */
      readonly inside?: TunnelHop
    }
  /** Raw bytes to an address, without CONNECT. */
  | { readonly kind: 'forward'; readonly dial: string }
  | {
      readonly kind: 'direct'
      readonly dial: string
      readonly tls: boolean
      readonly connectMs: number
      readonly handshake?: Handshake
      /** The address that the cluster binds its own end to. */
      readonly from?: string
    }
  | { readonly kind: 'broken'; readonly why: string }

/** The TLS that Envoy begins with a host. */
export interface Handshake {
  readonly serverName?: string
  readonly alpn: readonly string[]
  /** Envoy shows its own certificate. */
  readonly certificate: boolean
}

export interface HostChoice {
  /** `%UPSTREAM_HOST%` */
  readonly upstreamHost: string
  readonly wire: TunnelHop
  /** Share among the hosts of this ending; absent when it is not known. */
  readonly probability?: number
  readonly workload?: string
}

export interface UpstreamRequest {
  readonly method: string
  readonly path: string
  readonly authority: string
  /** Of the pseudo-headers only `:protocol`, which an extended CONNECT has. */
  readonly headers: readonly (readonly [string, string])[]
  /** Names and formats of more headers, whose values no dump tells. */
  readonly unknownHeaders: readonly (readonly [name: string, format: string])[]
  readonly protocol: 'http/1.1' | 'h2'
}

export interface RetryPolicy {
  readonly on: readonly string[]
  readonly attempts: number
  readonly perTryTimeout?: string
  readonly statusCodes: readonly number[]
}

/** What the router will do around the attempt. */
export interface RouterPolicy {
  /** Milliseconds; 0 is none. */
  readonly timeoutMs: number
  readonly retry?: RetryPolicy
  readonly mirrors: readonly MirrorPolicy[]
}

export interface MirrorPolicy {
  readonly cluster: string
  readonly percent: number
  /** The copy keeps its Host, where others get `-shadow` behind the name. */
  readonly keepsHost?: true
}

/** A copy of the request, whose answer nobody waits for. */
export interface Mirror {
  readonly policy: MirrorPolicy
  readonly request: UpstreamRequest
  /** None, and nothing is sent, where the cluster is missing or has no host. */
  readonly hosts: readonly HostChoice[]
  readonly missing?: 'cluster' | 'hosts'
  readonly assumptions: readonly Assumption[]
}

export interface Reply {
  readonly status: number
  readonly grpcStatus?: number
  readonly flags: readonly string[]
  readonly details: string
  readonly body: string
  readonly headers: readonly (readonly [string, string])[]
  /** What the client sees of it may be rewritten by a rule that a dump does not decide. */
  readonly unsure?: true
}

export type Ending =
  | {
      readonly kind: 'forwarded'
      readonly request: UpstreamRequest
      readonly hosts: readonly HostChoice[]
      readonly policy: RouterPolicy
      readonly mirrors: readonly Mirror[]
      readonly flags: readonly string[]
      readonly responseHeaders: readonly (readonly [string, string])[]
      /** What the client asked to upgrade to, and over what. */
      readonly upgrade?: { readonly to: string; readonly over: UpstreamRequest['protocol'] }
      /** This release says in the body of a 503 why the transport failed. */
      readonly tellsTransportFailure: boolean
      /** What the client gets of a reply that Envoy makes in place of the upstream. */
      readonly localReply: (told: LocalReply) => Reply & { readonly kind: 'reply' }
    }
  | ({ readonly kind: 'reply' } & Reply)
  | { readonly kind: 'proxied'; readonly hosts: readonly HostChoice[]; readonly sniffed?: boolean }
  /** The inner connection is closed; `termination` is %CONNECTION_TERMINATION_DETAILS%. */
  | {
      readonly kind: 'closed'
      readonly flags: readonly string[]
      readonly details?: string
      readonly termination?: string
      /** Hosts that were dialled before the close. */
      readonly hosts: readonly HostChoice[]
      readonly sniffed?: boolean
    }
  /** The CONNECT, or a request that is none, is answered on the outer stream; `inside` is what main_internal logged. */
  | ({
      readonly kind: 'outerReply'
      readonly inside?: { readonly flags: readonly string[]; readonly details?: string }
    } & Reply)
  | {
      readonly kind: 'outerClosed'
      readonly why: 'plaintext' | 'noCertificate' | 'untrustedIdentity' | 'protocolError'
      readonly details?: string
    }
  /** Listener filters wait for bytes that do not come. */
  | { readonly kind: 'stalled'; readonly timeoutMs: number; readonly afterwards: 'closed' | 'open' }

export type FilterEffect = 'passed' | 'changed' | 'replied' | 'denied' | 'skipped' | 'opaque'

export interface Assumption {
  readonly kind: 'filter' | 'matcher' | 'missing' | 'dns-answer'
  /** Name of the filter, the name that is resolved, or what could not be evaluated. */
  readonly what: string
  /** What was assumed to go on: `passes`, `matches`, `does not match`. */
  readonly assumed: string
}

interface Told {
  readonly evidence: readonly Evidence[]
}

/** One decision, in the order in which Envoy takes them. */
export type WaypointStep = Told &
  (
    | {
        readonly kind: 'tls'
        readonly accepted: boolean
        readonly identity: string
        readonly allowed: readonly string[]
      }
    | { readonly kind: 'listener'; readonly listener: string; readonly destination: string; readonly source: string }
    | { readonly kind: 'inspect'; readonly inspector: string; readonly ran: boolean; readonly found: readonly string[] }
    | {
        readonly kind: 'chain'
        readonly listener: string
        readonly chain?: string
        readonly hops: readonly MatcherHop[]
      }
    | {
        readonly kind: 'networkFilter' | 'httpFilter'
        readonly filter: string
        readonly type: string
        readonly effect: FilterEffect
        readonly details?: string
        readonly reason?: Reason
        readonly origin?: ObjectRef
      }
    | {
        readonly kind: 'rewritten'
        readonly what: 'path' | 'host'
        readonly before: string
        readonly after: string
        readonly by: string
      }
    | { readonly kind: 'virtualHost'; readonly name: string; readonly domain?: string }
    | { readonly kind: 'route'; readonly route?: RouteRef; readonly passed: readonly PassedRoute[] }
    | {
        readonly kind: 'cluster'
        readonly cluster: string
        readonly known: boolean
        readonly share?: number
        /** The DestinationRule that shaped it. */
        readonly origin?: ObjectRef
        /** What sends a stream without HTTP to it, where objects tell. */
        readonly routedBy?: ObjectRef
      }
    | {
        readonly kind: 'hosts'
        readonly cluster: string
        readonly hosts: readonly HostChoice[]
        readonly left: readonly LeftHost[]
      }
    | { readonly kind: 'note'; readonly about: string; readonly text: string }
  )

/** A route that did not match, and the first condition that failed. */
export interface PassedRoute {
  readonly index: number
  readonly failed: string
}

export interface LeftHost {
  readonly upstreamHost: string
  readonly why: string
}

/** One way that the request may go. */
export interface WaypointBranch {
  /** 1 when there is no other; `undefined` when the chance is not known. */
  readonly probability?: number
  /** Not empty: the ending holds only under these. */
  readonly assumptions: readonly Assumption[]
  readonly steps: readonly WaypointStep[]
  readonly reached: Readonly<Reached>
  /** Headers that a route or filter adds to the answer with values that no dump tells; the ending leaves them out. */
  readonly unknownResponseHeaders: readonly string[]
  readonly ending: Ending
  /** Dynamic metadata of namespace `envoy.filters.http.rbac`, as the access log shows it. */
  readonly rbacMetadata: Readonly<Record<string, unknown>>
}

export interface WaypointDecision {
  readonly branches: readonly WaypointBranch[]
  /** False when there were more branches than the limit. */
  readonly complete: boolean
  readonly envoy: { readonly version: string; readonly assumed: boolean }
}
