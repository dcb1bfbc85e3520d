import type { RefusalCode } from '#ztunnel/refusal.ts'

/** Stable names of what ends a request outside the decisions of a ztunnel: kernel, DNS, Kubernetes, TLS, waypoint, application. */
type TraceCode =
  | 'ztunnel-not-listening'
  | 'packet-lost'
  | 'connection-reset'
  | 'answer-lost'
  | 'ztunnel-loop'
  | 'no-such-name'
  | 'dns-failed'
  | 'network-policy'
  | 'no-endpoints'
  | 'no-listener'
  | 'certificate-unavailable'
  | 'tls-handshake'
  | 'other-identity'
  | 'tunnel-refused'
  | 'waypoint-refused-tunnel'
  | 'waypoint-closed'
  | 'waypoint-tls'
  | 'waypoint-waits-for-client'
  | 'waypoint-answered'
  | WaypointReplyCode

/** Why a request is rejected; `explain` has a text for each. */
export type RejectionCode = RefusalCode | TraceCode

/** What Envoy answers by itself, by the beginning of its `%RESPONSE_CODE_DETAILS%`. */
const replies = {
  rbac_access_denied: 'waypoint-rbac-denied',
  jwt_authn: 'waypoint-jwt-refused',
  fault_filter: 'waypoint-fault',
  direct_response: 'waypoint-direct-response',
  route_not_found: 'waypoint-no-route',
  cluster_not_found: 'waypoint-no-cluster',
  no_healthy_upstream: 'waypoint-no-healthy-upstream',
} as const

type WaypointReplyCode = (typeof replies)[keyof typeof replies]

/** Undefined for details that have no name of their own. */
export const replyCode = (details: string): WaypointReplyCode | undefined =>
  Object.entries(replies).find(([begins]) => details.startsWith(begins))?.[1]
