import { checkIt } from './entry.ts'
import type { ErrorText } from './error-text.ts'

/** What ztunnel says of itself rather than of a connection, and what istio-cni and the kubelet say beside it. */
export const agentTexts: readonly ErrorText[] = [
  {
    stem: /dry-run/,
    notice: true,
    says: 'a policy on trial would have decided so; nothing was denied',
    see: ['AMB049'],
  },
  {
    stem: /^deny policy match/,
    notice: true,
    says: 'a DENY policy matched at the destination',
    see: ['rbac-explicit-deny', 'AMB010'],
  },
  {
    stem: /skipping unknown policy/,
    says: 'a workload lists a policy that this ztunnel was not sent',
    see: ['AMB052'],
    next: [checkIt],
  },
  {
    stem: /workload does not match proxy workload uid/,
    says: 'the connection reached the network namespace of another pod than the address is of',
    see: ['AMB043', 'AMB023'],
  },
  {
    stem: /XDS client connection error/,
    says: 'this ztunnel does not reach istiod: what it holds grows old, and new pods stay unknown',
    see: ['AMB013', 'AMB030'],
    next: [checkIt],
  },
  {
    stem: /failed to connect to the Istio CNI node agent/,
    says: 'this ztunnel does not reach istio-cni of its node: it hears of no new pods',
    see: ['AMB033'],
    next: [checkIt],
  },
  {
    stem: /no ztunnel connection|failed to add pod to ztunnel/,
    says: 'istio-cni has no ztunnel on its node to give the pod to',
    see: ['AMB012', 'AMB003'],
    next: [checkIt],
  },
  {
    stem: /(Readiness|Liveness|Startup) probe failed/,
    says: 'the kubelet got no answer to its probe',
    see: ['AMB028', 'AMB011', 'AMB002', 'AMB042'],
    next: [checkIt, 'ambientctl trace node/NODE TO --snapshot PATH'],
  },
  {
    stem: /HBONE ping timeout/,
    says: 'an open tunnel got no answer any more: the destination or its rules are gone',
    see: ['AMB023', 'AMB003', 'AMB012'],
  },
  {
    stem: /Error in HBONE connection handshake/,
    says: 'the tunnel ended without a farewell: the other end stopped, or has no certificate to show',
    see: ['AMB032', 'AMB021', 'AMB004'],
  },
  {
    stem: /failed to bind to address|failed to start proxy|failure to start proxy/,
    says: 'ztunnel could not listen in the pod: the port is taken, or the pod has no such address family',
    see: ['AMB036', 'AMB037', 'AMB025'],
    next: [checkIt],
  },
]
