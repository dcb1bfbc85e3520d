import type { PeerCertificate } from './connection.ts'

export type HeaderList = readonly (readonly [name: string, value: string])[]

/** An HTTP request inside the tunnel; `authority` undefined means that no Host was sent. */
export interface InnerHttp {
  readonly kind: 'http'
  readonly version: '1.0' | '1.1' | '2'
  readonly method: string
  readonly authority?: string
  /** The request target as written: usually a path, for HTTP/1 also an absolute URI. */
  readonly path: string
  readonly headers: HeaderList
  readonly scheme?: string
  /** Bytes of the body, 0 without one. */
  readonly bodyBytes?: number
}

/** What the client sends through the CONNECT stream. */
export type InnerTraffic =
  | InnerHttp
  | { readonly kind: 'tls'; readonly serverName?: string; readonly alpn: readonly string[] }
  | { readonly kind: 'bytes'; readonly data: string }
  | { readonly kind: 'silent' }

/** What arrives at port 15008. */
export type OuterTraffic =
  | {
      readonly kind: 'connect'
      readonly authority?: string
      readonly headers: HeaderList
      readonly inner: InnerTraffic
    }
  | {
      readonly kind: 'request'
      readonly method: string
      readonly authority?: string
      readonly path: string
      readonly headers: HeaderList
    }
  | { readonly kind: 'plaintext' }

export interface WaypointRequest {
  /** Address from which the outer connection comes. */
  readonly sourceIp: string
  readonly sourcePort?: number
  /** `undefined`: the client shows no certificate. */
  readonly peer?: PeerCertificate
  readonly traffic: OuterTraffic
}

export interface DecideOptions {
  /** Milliseconds since 1970, for token expiry; without it expiry is unknown. */
  readonly now?: number
  /** Claims to take for verified when a provider's keys are remote. */
  readonly jwtClaims?: Readonly<Record<string, unknown>>
  /** Most branches that are followed; default 256. */
  readonly branchLimit?: number
}

/** A peer with one SPIFFE identity. */
export const spiffePeer = (identity: string): PeerCertificate => ({ uris: [identity], dns: [], subject: '' })
