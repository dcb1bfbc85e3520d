import type { EnvoyJson } from '#model/envoy.ts'
import type { ObjectRef, Reason } from '#model/evidence.ts'
import type { Connection, FilterStateObject } from '../connection.ts'
import type { FilterEffect } from '../outcome.ts'
import type { Walk } from '../walk.ts'

export interface NetworkStage {
  readonly walk: Walk
  readonly connection: Connection
  readonly state: Map<string, FilterStateObject>
  readonly config: EnvoyJson
}

export interface NetworkResult {
  readonly effect: FilterEffect
  /** %CONNECTION_TERMINATION_DETAILS% when the filter closes the connection. */
  readonly termination?: string
  readonly reason?: Reason
  readonly origin?: ObjectRef
}

/** A network filter that is not the last: it acts when the connection opens, or at the first bytes of the client. */
export interface NetworkFilter {
  readonly types: readonly string[]
  readonly onOpen?: (stage: NetworkStage) => NetworkResult
  readonly onData?: (stage: NetworkStage) => NetworkResult
}

export const defineNetworkFilter = (filter: NetworkFilter): NetworkFilter => filter
