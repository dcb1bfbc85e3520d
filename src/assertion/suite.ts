import type { Severity } from '#model/severity.ts'
import type { Request } from '#trace/request.ts'
import type { ClientSees, Outcome } from '#trace/trace.ts'

/** Where something stands in an assertion file; lines and columns from 1. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** One YAML document of an assertion file. */
export interface Suite {
  readonly name: string
  readonly place: Place
  /** A snapshot, named from the folder of the file; `live` is the cluster. */
  readonly capture?: string
  readonly tests: readonly Assertion[]
  readonly ignore: readonly Ignore[]
}

export interface Assertion {
  readonly name: string
  readonly place: Place
  readonly severity: Severity
  readonly asks: RequestAssertion | InvariantAssertion | FindingAssertion
}

export interface RequestAssertion {
  readonly kind: 'request'
  readonly from: Sources
  readonly request: Request
  readonly expect: Expectation
}

export interface Sources {
  /** `all` must meet the expectation, `none` may, `any` must. */
  readonly quantifier: 'all' | 'none' | 'any'
  readonly selector: Selector
}

export type Selector =
  /** FROM of `trace`, or a pattern of `namespace/pod` with `*`. */
  | { readonly kind: 'name'; readonly name: string; readonly place: Place }
  | {
      readonly kind: 'match'
      readonly namespace?: string
      readonly serviceAccount?: string
      readonly labels: Readonly<Record<string, string>>
    }
  | { readonly kind: 'not'; readonly selector: Selector }
  | { readonly kind: 'either'; readonly selectors: readonly Selector[] }

export interface Expectation {
  readonly verdict?: readonly Outcome[]
  readonly code?: readonly string[]
  /** Proxies in order; `[]` is none. */
  readonly via?: readonly string[]
  readonly mtls?: boolean
  /** `namespace/name` of a pod, its workload or the service that was asked for. */
  readonly destination?: string
  readonly status?: readonly number[]
  /** What the backend gets; null: the header is absent. */
  readonly headers?: Readonly<Record<string, string | null>>
  readonly client?: { readonly kind?: ClientSees['kind']; readonly body?: string }
  /** `plaintext`, a proxy as in `via`, or a code. */
  readonly never?: readonly string[]
}

export const invariantNames = [
  'no-plaintext-into',
  'no-waypoint-bypass',
  'redirect-verified',
  'divergence-free',
] as const
export type InvariantName = (typeof invariantNames)[number]

export interface InvariantAssertion {
  readonly kind: 'invariant'
  /** Whose requests; those of all workloads without. */
  readonly from?: Selector
  readonly invariants: readonly { readonly name: InvariantName; readonly namespace?: string }[]
}

/** None of these findings, or none at least as severe. */
export interface FindingAssertion {
  readonly kind: 'findings'
  readonly none: Severity | readonly string[]
}

/** What is known to fail, why, and until when. */
export interface Ignore {
  readonly place: Place
  /** Name of a test, with `*`. */
  readonly test?: string
  readonly code?: string
  /** `kind/namespace/name` or `namespace/name`, with `*`. */
  readonly object?: string
  readonly reason: string
  /** The last day on which it holds, `YYYY-MM-DD`. */
  readonly expires: string
}

/** What the texts of a file may name. */
export interface Vocabulary {
  /** Codes of rejections. */
  readonly codes: readonly string[]
  readonly findings: readonly string[]
}
