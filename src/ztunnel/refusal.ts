/** Stable names of everything ztunnel refuses; each has ztunnel's own words beside it in a `Refusal`. */
export type RefusalCode =
  | 'self-call'
  | 'unknown-source'
  | 'source-mismatch'
  | 'local-workload-unknown'
  | 'no-healthy-upstream'
  | 'unknown-waypoint'
  | 'waypoint-hostname-unsupported'
  | 'unknown-network-gateway'
  | 'no-valid-destination'
  | 'no-service-for-target'
  | 'dns-no-answer'
  | 'dns-no-address'
  | 'not-connect'
  | 'bad-authority'
  | 'ip-mismatch'
  | 'unknown-destination'
  | 'unknown-hostname'
  | 'port-not-resolved'
  | 'service-without-address'
  | 'not-from-waypoint'
  | 'rbac-explicit-deny'
  | 'rbac-no-allow'

export interface Refusal {
  readonly kind: 'refused'
  readonly code: RefusalCode
  /** What ztunnel logs. */
  readonly text: string
}

/** What the dump does not hold and cannot be replaced by a set of outcomes. */
export interface Undetermined {
  readonly kind: 'undetermined'
  readonly missing: 'dns-answer' | 'hidden-workload' | 'former-endpoint' | 'policy-not-read' | 'record-not-read'
  /** The DNS name, workload uid, service or policy key that is missing. */
  readonly about: string
}

export const refused = (code: RefusalCode, text: string): Refusal => ({ kind: 'refused', code, text })
