/** RFC 6901, e.g. `/workloads/12/waypoint`. */
export type JsonPointer = string

export type NonEmpty<T> = readonly [T, ...T[]]

/** A Kubernetes-style name of the thing that must change: `AuthorizationPolicy shop/only-web`. */
export interface ObjectRef {
  readonly kind: string
  readonly namespace?: string
  readonly name: string
}

export type Evidence =
  | { readonly from: 'dump'; readonly file: string; readonly pointer: JsonPointer; readonly object?: ObjectRef }
  | { readonly from: 'rule'; readonly file: string; readonly line: number; readonly text: string }
  | { readonly from: 'log'; readonly file: string; readonly line: number; readonly text: string }
  | { readonly from: 'object'; readonly file: string; readonly pointer: JsonPointer; readonly object: ObjectRef }
  | { readonly from: 'absence'; readonly file: string; readonly lookedFor: string }

export type Ternary = 'yes' | 'no' | 'unknown'

/** Why something holds, kept whole and shown in part. `unknown` survives up to an `undetermined` verdict. */
export interface Reason {
  readonly holds: Ternary
  readonly text: string
  readonly evidence: readonly Evidence[]
  readonly because: readonly Reason[]
}
