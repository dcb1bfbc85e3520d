import type { Words } from './entry.ts'

const connections = 'ambientctl dump waypoint endpoints WAYPOINT --snapshot PATH'
const routes = 'ambientctl dump waypoint routes WAYPOINT --snapshot PATH'
const clusters = 'ambientctl dump waypoint clusters WAYPOINT --snapshot PATH'
const trace = 'ambientctl trace FROM TO --snapshot PATH'

/** Envoy's `%RESPONSE_FLAGS%`, as a waypoint logs them. */
export const envoyFlags: Readonly<Record<string, Words>> = {
  UH: {
    title: 'No healthy upstream host',
    means: 'The cluster has no host that may be used; the client gets HTTP 503.',
    see: ['AMB015', 'AMB038'],
    next: [connections],
  },
  UF: {
    title: 'The connection to the upstream failed',
    means:
      'Behind a waypoint that is mostly the tunnel to the destination: the transport failure text beside it says whether TCP, TLS or the CONNECT failed.',
    see: ['AMB001', 'AMB003', 'AMB020', 'AMB022', 'tunnel-refused', 'rbac-no-allow'],
    next: [trace],
  },
  URX: {
    title: 'Retries or connection attempts are used up',
    means: 'Envoy tried again as often as the route allows. The flag beside it says why each attempt failed.',
    see: ['UF'],
    next: [routes],
  },
  UC: {
    title: 'The upstream closed the connection',
    means:
      'It was open and ended before the response: a restart, a drain, or a tunnel to an address that changed hands.',
    see: ['AMB023', 'AMB032'],
    next: [trace],
  },
  UO: {
    title: 'Upstream overflow: a circuit breaker is open',
    means: 'Connections, requests or retries reached the limit of the cluster; the client gets HTTP 503.',
    see: ['AMB038'],
    next: [clusters],
  },
  UT: {
    title: 'The upstream did not answer in time',
    means: 'The timeout of the route passed; the client gets HTTP 504.',
    next: [routes],
  },
  UR: {
    title: 'The upstream reset the stream',
    means: 'The connection stays, this request was aborted by the other side.',
    next: [trace],
  },
  UPE: { title: 'The upstream broke its protocol', means: 'Its answer is not valid HTTP.', see: ['AMB034'] },
  NR: {
    title: 'No route, or no filter chain',
    means: 'Nothing in the configuration takes this request; over HTTP the client gets 404.',
    see: ['AMB017', 'waypoint-no-route'],
    next: [routes],
  },
  NC: {
    title: 'The cluster of the route is not there',
    means: 'The client gets HTTP 503.',
    see: ['AMB038', 'waypoint-no-cluster'],
    next: [clusters],
  },
  NFCF: { title: 'No filter configuration', means: 'A filter that is discovered on demand did not arrive in time.' },
  RFCF: { title: 'Filter configuration refused', means: 'A filter that is discovered on demand was not accepted.' },
  DC: {
    title: 'The client went away',
    means: 'It closed the connection before the response was complete; mostly a timeout of its own.',
  },
  DPE: { title: 'The client broke the protocol', means: 'What it sent is not valid HTTP.', see: ['AMB034'] },
  DR: { title: 'The client reset the stream', means: 'It gave up on this request and kept the connection.' },
  DT: { title: 'The stream or connection lived too long', means: 'A maximum duration passed.', next: [routes] },
  DF: {
    title: 'DNS resolution failed',
    means: 'The host of the cluster has a name that does not resolve.',
    see: ['AMB024'],
  },
  DO: { title: 'Dropped for overload', means: 'Load reporting told Envoy to drop a share of the requests.' },
  UDO: {
    title: 'Dropped by an overload action',
    means: 'The overload manager of the waypoint is protecting it.',
    see: ['AMB038'],
  },
  LH: {
    title: 'The local service failed its health check',
    means: 'Envoy was told that it is unhealthy.',
    see: ['AMB038'],
  },
  LR: { title: 'Reset by Envoy', means: 'Envoy ended the connection itself, without a reason of the upstream.' },
  IH: { title: 'A header that must be strict is not valid', means: 'The request is refused with HTTP 400.' },
  SI: {
    title: 'The stream was idle for too long',
    means: 'No byte moved within the idle timeout of the route.',
    next: [routes],
  },
  OM: { title: 'Envoy is short of something', means: 'Its overload manager refused the request.', see: ['AMB038'] },
  RL: { title: 'Rate limited', means: 'A local or global limit refused the request with HTTP 429.', next: [routes] },
  RLSE: { title: 'The rate limit service failed', means: 'The limit could not be asked, and the filter refuses then.' },
  UAEX: {
    title: 'The external authorization refused',
    means: 'A CUSTOM policy asked its provider, which said no or did not answer.',
    next: ['ambientctl dump waypoint policies WAYPOINT --snapshot PATH'],
  },
  DI: {
    title: 'A delay was injected',
    means: 'A route holds requests back on purpose.',
    see: ['waypoint-fault'],
    next: [routes],
  },
  FI: {
    title: 'A fault was injected',
    means: 'A route answers with an error on purpose.',
    see: ['waypoint-fault'],
    next: [routes],
  },
  UMSDR: { title: 'The upstream wants a retry', means: 'It asked for the stream to be tried again.' },
}

/** `response_flags` of ztunnel's metrics. */
export const ztunnelFlags: Readonly<Record<string, Words>> = {
  DENY: {
    title: 'A policy denied the connection',
    means: 'The destination ztunnel refused it; its log names the policy.',
    see: ['rbac-explicit-deny', 'rbac-no-allow'],
    next: [trace],
  },
  CONNECT: {
    title: 'The destination could not be connected',
    means: 'At the source that is the tunnel, at the destination the application.',
    see: ['tunnel-refused', 'no-listener'],
    next: [trace],
  },
  TLS_FAILURE: {
    title: 'Mutual TLS failed',
    means: 'A certificate was not accepted: roots, trust domain, name or date.',
    see: ['AMB022', 'AMB021'],
  },
  H2_HANDSHAKE_FAILURE: {
    title: 'The other end does not speak HTTP/2',
    means: 'The tunnel was dialled to something that is no ztunnel or waypoint.',
    see: ['AMB020'],
  },
  NETWORK_POLICY: {
    title: 'The tunnel port did not answer',
    means: 'The connection to port 15008 timed out. A NetworkPolicy is the usual cause, and not the only one.',
    see: ['AMB001', 'AMB003', 'AMB030', 'network-policy'],
    next: ['ambientctl check --snapshot PATH'],
  },
  IDENTITY_ERROR: {
    title: 'No certificate for the workload',
    means: 'The certificate authority did not give one.',
    see: ['AMB021', 'certificate-unavailable'],
  },
  CERT_REVOKED: {
    title: 'The certificate of the peer was revoked',
    means: 'It stands on the revocation list.',
    see: ['AMB048'],
  },
}
