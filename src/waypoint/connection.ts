import type { EnvoyJson } from '#model/envoy.ts'
import type { Address } from './address.ts'

export type Sharing = 'NONE' | 'ONCE' | 'TRANSITIVE'

export interface FilterStateObject {
  readonly text: string
  readonly shared: Sharing
}

/** What a peer's certificate says; `undefined` on a connection is "no TLS here", an empty one "no SAN". */
export interface PeerCertificate {
  readonly uris: readonly string[]
  readonly dns: readonly string[]
  /** `CN=web,O=shop` */
  readonly subject: string
}

/** One connection as a listener sees it; internal ones carry what the outer one shared. */
export interface Connection {
  readonly listener: string
  readonly local: Address
  readonly remote: Address
  readonly directRemote: Address
  readonly tls?: { readonly peer?: PeerCertificate; readonly local: PeerCertificate }
  readonly serverName: string
  readonly transportProtocol: string
  /** In the client's order. */
  readonly applicationProtocols: readonly string[]
  readonly filterState: ReadonlyMap<string, FilterStateObject>
  /** Host metadata passed through an internal_upstream socket, by namespace. */
  readonly metadata: ReadonlyMap<string, EnvoyJson>
}

/** Filter state that an internal connection inherits: one hop for ONCE, any number for TRANSITIVE. */
export const sharedState = (state: ReadonlyMap<string, FilterStateObject>): ReadonlyMap<string, FilterStateObject> =>
  new Map(
    [...state]
      .filter(([, object]) => object.shared !== 'NONE')
      .map(([key, { text, shared }]) => [key, { text, shared: shared === 'ONCE' ? 'NONE' : shared }] as const),
  )
