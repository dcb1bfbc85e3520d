/** One request of a recording (specs/waypoint-measured.md §1). */
export interface RecordedRequest {
  readonly id: string
  readonly source_ip: string
  readonly peer_identity: string | null
  readonly connect_authority: string | null
  /** What the client offers on port 15008; `h2` where nothing is said. */
  readonly outer_alpn?: readonly string[]
  readonly connect_headers?: readonly (readonly [string, string])[]
  readonly protocol: 'http/1.1' | 'http/1.0' | 'h2' | 'tcp' | 'tls' | 'silent' | 'outer' | 'raw15008'
  readonly method?: string
  readonly host?: string | null
  readonly path?: string
  readonly scheme?: string
  readonly headers?: readonly (readonly [string, string])[]
  readonly body?: string
  readonly data?: string
  readonly sni?: string | null
  readonly alpn?: readonly string[] | null
  readonly probe?: string
}

export interface RecordedVerdict {
  readonly outcome: string
  readonly [field: string]: unknown
}

export interface RecordedCase {
  readonly where: string
  readonly request: RecordedRequest
  readonly verdict: RecordedVerdict
  /** Of many tries: how often each result came. */
  readonly distribution?: readonly Readonly<Record<string, unknown>>[]
  /** Fields that came out differently when the case was run again. */
  readonly nondeterministic: readonly string[]
}
