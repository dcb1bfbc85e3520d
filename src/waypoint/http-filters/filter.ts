import type { EnvoyJson } from '#model/envoy.ts'
import type { ObjectRef, Reason } from '#model/evidence.ts'
import type { Exchange, LocalReply } from '../exchange.ts'
import type { FilterEffect } from '../outcome.ts'
import type { RouteState } from '../route/state.ts'
import type { Walk } from '../walk.ts'

/** What a filter has before it for one request. */
export interface HttpStage {
  readonly walk: Walk
  readonly exchange: Exchange
  readonly route: RouteState
  /** Name in the filter list, by which routes override it. */
  readonly name: string
  /** The filter's own configuration. */
  readonly config: EnvoyJson
  /** Per-route configurations, most specific first, out of their wrappers. */
  readonly overrides: readonly EnvoyJson[]
}

export interface FilterResult {
  readonly effect: FilterEffect
  /** The request ends here with this answer. */
  readonly reply?: LocalReply
  readonly details?: string
  readonly reason?: Reason
  readonly origin?: ObjectRef
  /** What the filter adds to the response flags of a request that goes on, such as DI. */
  readonly flags?: readonly string[]
  /** The request stops here until it ends. */
  readonly waits?: true
}

export interface HttpFilter {
  /** Type URLs without `type.googleapis.com/`; of a TypedStruct the inner one. */
  readonly types: readonly string[]
  readonly decide: (stage: HttpStage) => FilterResult
}

export const defineHttpFilter = (filter: HttpFilter): HttpFilter => filter

export const passed: FilterResult = { effect: 'passed' }
