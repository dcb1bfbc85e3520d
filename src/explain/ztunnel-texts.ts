import { agentTexts } from './agent-texts.ts'
import { checkIt } from './entry.ts'
import type { ErrorText } from './error-text.ts'

const far = 'look at the line of the destination ztunnel for the same connection: direction="inbound"'

/** Stems of every error text that ztunnel has logged since 1.18, in the order in which they are tried. */
export const errorTexts: readonly ErrorText[] = [
  ...agentTexts,
  {
    stem: /maybe a NetworkPolicy is blocking HBONE/,
    says: 'the tunnel port 15008 of the destination did not answer in time; the NetworkPolicy in this text is a guess of ztunnel',
    see: ['network-policy', 'AMB001', 'AMB003', 'AMB030'],
    next: [checkIt],
  },
  {
    stem: /explicitly denied by:? .*(istio_converted_static_strict|converted_peer_authentication)/,
    says: 'the destination wants mutual TLS and the client came without',
    see: ['AMB011', 'rbac-explicit-deny', 'AMB003'],
  },
  {
    stem: /explicitly denied by/,
    says: 'the DENY policy that is named matched at the destination',
    see: ['rbac-explicit-deny', 'AMB010'],
  },
  {
    stem: /allow policies exist, but none allowed/,
    says: 'ALLOW policies apply at the destination and none matched',
    see: ['rbac-no-allow', 'AMB009', 'AMB010', 'AMB008'],
  },
  {
    stem: /policy rejection: workload (not found|mismatch)/,
    says: 'the destination does not know the workload that the connection is for',
    see: ['AMB013', 'AMB043'],
  },
  {
    stem: /policy rejection/,
    says: 'a policy of the destination refused; this release does not say which',
    see: ['rbac-explicit-deny', 'rbac-no-allow', 'AMB009', 'AMB011'],
  },
  { stem: /policy change/, says: 'a policy that changed made the open connection illegal', see: ['AMB031'] },
  {
    stem: /connection drain|drain within the timeout|drain duration expired/,
    says: 'a ztunnel or the pod was stopping',
    see: ['AMB032'],
  },
  { stem: /revoked by CRL/, says: 'the certificate of the peer was revoked', see: ['AMB048', 'CERT_REVOKED'] },
  {
    stem: /http status: 401/,
    says: 'a policy of the far ztunnel or waypoint denied',
    see: ['rbac-explicit-deny', 'rbac-no-allow', 'AMB009', 'AMB010'],
    next: [far],
  },
  {
    stem: /http status: 400/,
    says: 'the far end did not accept the tunnel as one for it',
    see: ['ip-mismatch', 'AMB023', 'AMB005'],
    next: [far],
  },
  {
    stem: /http status: 503/,
    says: 'the far end could not reach its application, or does not know its own workload',
    see: ['no-listener', 'AMB013', 'AMB015'],
    next: [far],
  },
  {
    stem: /http2 handshake failed|h2 failed|frame with invalid size/,
    says: 'the other end does not speak HTTP/2',
    see: ['AMB020', 'H2_HANDSHAKE_FAILURE'],
  },
  {
    stem: /SAN \(|identity verification error/,
    says: 'the destination showed the certificate of another workload',
    see: ['other-identity', 'AMB022', 'AMB023'],
  },
  {
    stem: /invalid peer certificate|tls error/,
    says: 'a certificate was not accepted',
    see: ['AMB022', 'AMB021', 'TLS_FAILURE'],
  },
  {
    stem: /AlertReceived/,
    says: 'the client did not accept the certificate that the destination showed: it expects another workload there, or trusts other roots',
    see: ['AMB022', 'AMB023', 'TLS_FAILURE'],
  },
  {
    stem: /identity requested .* but only allowed/,
    says: 'the pod has another identity than the one that this ztunnel was told',
    see: ['AMB043', 'AMB013', 'certificate-unavailable'],
  },
  {
    stem: /tls handshake error/,
    direction: 'inbound',
    says: 'a client without a certificate of this mesh dialled port 15008',
    see: ['tls-handshake', 'AMB020', 'AMB022'],
  },
  {
    stem: /identity error|signing (gRPC )?error|unable to prefetch cert|impersonation failed|failed to create CSR|returned from CA is empty|expected SAN:|workload is unknown/,
    says: 'the certificate authority did not give a certificate',
    see: ['certificate-unavailable', 'AMB021', 'AMB013'],
  },
  {
    stem: /local workload|timed out waiting for workload/,
    says: 'ztunnel does not know its own pod',
    see: ['local-workload-unknown', 'AMB013', 'AMB035'],
  },
  {
    stem: /unknown source/,
    says: 'ztunnel does not know the address of the sender',
    see: ['unknown-source', 'AMB013', 'AMB035'],
  },
  {
    stem: /unknown waypoint/,
    says: 'the waypoint that must be passed is not there',
    see: ['unknown-waypoint', 'AMB004', 'AMB041'],
  },
  {
    stem: /unknown network gateway|no gateway address/,
    says: 'the gateway to the other network is not known',
    see: ['unknown-network-gateway', 'AMB026'],
  },
  {
    stem: /no valid routing destination/,
    says: 'the chosen workload has no address that can be used',
    see: ['no-valid-destination', 'AMB026', 'AMB037'],
  },
  {
    stem: /no healthy upstream/,
    says: 'the service has no endpoint that may be used',
    see: ['no-healthy-upstream', 'AMB015', 'AMB026', 'AMB038'],
  },
  {
    stem: /cannot resolve port|no valid (target|service) port/,
    says: 'the port of the service leads nowhere',
    see: ['port-not-resolved', 'AMB015'],
  },
  { stem: /has no IP addresses/, says: 'the service has no address', see: ['service-without-address', 'AMB015'] },
  {
    stem: /no service or workload for hostname/,
    says: 'the destination does not know the host name',
    see: ['unknown-hostname', 'AMB046', 'AMB026', 'AMB050'],
  },
  {
    stem: /no service for target address/,
    says: 'the address is of no service, and the endpoint is on another network',
    see: ['no-service-for-target', 'AMB046', 'AMB026'],
  },
  {
    stem: /no ip addresses were resolved/,
    says: 'the host name of the endpoint did not resolve',
    see: ['dns-no-answer', 'AMB024', 'AMB014'],
  },
  {
    stem: /no A\/AAAA records|^dns (?!server)|dns error|system dns async resolution: error/,
    says: 'the resolver has no usable answer',
    see: ['dns-no-address', 'AMB024', 'AMB014'],
  },
  {
    stem: /ip mismatch/,
    says: 'the tunnel arrived at a pod that is not its destination',
    see: ['ip-mismatch', 'AMB023', 'AMB004'],
  },
  { stem: /recursive call to ourselves/, says: 'a port of ztunnel itself was asked for', see: ['self-call', 'AMB036'] },
  {
    stem: /expected method CONNECT/,
    says: 'something other than a tunnel dialled port 15008',
    see: ['not-connect', 'AMB020'],
  },
  {
    stem: /no valid authority|invalid CONNECT address/,
    says: 'the tunnel names no destination',
    see: ['bad-authority', 'AMB020'],
  },
  {
    stem: /pool draining|connection tracking failed/,
    says: 'a race while something was stopping',
    see: ['AMB032', 'AMB013'],
  },
  {
    stem: /unsupported feature: hostname/,
    says: 'this release does not follow waypoints and gateways that are named by host name',
    see: ['waypoint-hostname-unsupported', 'AMB025'],
  },
  {
    stem: /unknown destination/,
    says: 'ztunnel does not know the workload that the connection is for',
    see: ['unknown-destination', 'AMB013'],
  },
  {
    stem: /Network is unreachable|No route to host|Host is unreachable/,
    direction: 'outbound',
    tunnel: false,
    says: 'the node has no route to the address, which is of nothing in the mesh',
    see: ['AMB014', 'AMB037', 'AMB023'],
  },
  {
    stem: /Network is unreachable|No route to host|Host is unreachable/,
    says: 'there is no route to the address: a pod that is gone, a network without gateway, or an address outside',
    see: ['AMB023', 'AMB026', 'AMB037', 'AMB014'],
  },
  { stem: /Address family not supported/, says: 'the pod or node has no such address family', see: ['AMB037'] },
  {
    stem: /[Cc]onnection refused/,
    direction: 'outbound',
    tunnel: false,
    says: 'the destination, which is not in the mesh, refused the plain connection: it does not listen on that port',
    see: ['no-listener', 'AMB015', 'AMB020'],
  },
  {
    stem: /[Cc]onnection refused/,
    direction: 'outbound',
    says: 'port 15008 of the destination refused: it is not redirected, or its ztunnel is down',
    see: ['tunnel-refused', 'AMB003', 'AMB036', 'AMB023'],
  },
  {
    stem: /[Cc]onnection refused/,
    direction: 'inbound',
    says: 'the application refused: it does not listen on that port of the address of the pod',
    see: ['no-listener', 'AMB015'],
  },
  {
    stem: /corrupt message of type|InvalidContentType/,
    says: 'the other end does not speak TLS: something else than a ztunnel or waypoint listens on the tunnel port, or plaintext was sent to it',
    see: ['AMB020', 'tls-handshake'],
  },
  {
    stem: /connection failed: deadline has elapsed/,
    direction: 'inbound',
    says: 'the application was dialled with the address of the client, and the answer did not come back: rules, ip rule or table 100 of the pod are lost, or it does not accept',
    see: ['AMB003', 'answer-lost', 'network-policy'],
  },
  {
    stem: /deadline has elapsed|timed out/,
    direction: 'outbound',
    tunnel: false,
    says: 'the destination, which is not in the mesh, did not answer the plain connection in time',
    see: ['network-policy', 'AMB014', 'AMB026'],
  },
  { stem: /deadline has elapsed|timed out/, says: 'no answer in time', see: ['network-policy', 'AMB001', 'AMB002'] },
  {
    stem: /^io error: (Connection reset|tls handshake eof)/,
    direction: 'outbound',
    tunnel: true,
    says: 'the destination broke the handshake of the tunnel off: its ztunnel has no certificate for it, or stopped',
    see: ['AMB021', 'AMB032', 'AMB020'],
  },
  {
    stem: /connection failed/,
    direction: 'inbound',
    says: 'the application could not be connected',
    see: ['no-listener', 'AMB015'],
  },
  {
    stem: /disconnected before all data|broken pipe|error writing a body|Connection reset|unexpected EOF/,
    says: 'one end went away in the middle; mostly the application',
    see: ['AMB045', 'AMB032'],
  },
]
