import type { Words } from './entry.ts'

/** Failures of meshes that are known and that no check looks for; a check with the same code takes its place. */
export const uncheckedFailures: Readonly<Record<string, Words>> = {
  AMB002: {
    title: 'Probes of the kubelet fail in the mesh',
    means: 'Pods were ready before they joined the mesh and are not ready after.',
    causes: ['a CNI whose data path goes past the rules of the node, so that the reply to a probe never returns'],
    fix: 'Let the CNI use the routing of the host, or use its setting for Istio ambient.',
  },
  AMB025: {
    title: 'istio-cni, ztunnel and the rules are of different releases',
    means: 'Pods of different age behave differently.',
    causes: ['an update that was not finished'],
    fix: 'Bring all parts to one release, then restart old pods.',
  },
  AMB027: {
    title: 'A service has a waypoint in one cluster and not in the other',
    means: 'Requests across clusters fail or go past the rules.',
    causes: ['the label was set in one cluster only'],
    fix: 'Configure both clusters alike.',
  },
  AMB029: {
    title: 'Security groups for pods block the mesh',
    means: 'Probes or tunnels of pods with their own network interface fail.',
    causes: ['strict enforcement of security groups on EKS'],
    fix: 'Use the standard enforcing mode.',
  },
  AMB030: {
    title: 'A default-deny policy blocks probes or the control plane',
    means: 'Pods do not become ready, or proxies do not get configuration.',
    causes: ['169.254.7.127 is not admitted', 'egress to istiod is denied'],
    fix: 'Admit 169.254.7.127/32 to pods, and ztunnel and waypoints to istiod on 15012.',
  },
  AMB032: {
    title: 'A ztunnel that restarts cuts long-lived connections',
    means: 'Clients see a close.',
    causes: ['a rollout of the ztunnel DaemonSet'],
    fix: 'Lengthen the termination grace period; let clients connect again.',
  },
  AMB041: {
    title: 'A canary waypoint is not programmed',
    means: 'Traffic for its share fails.',
    causes: ['no control plane of its revision'],
    fix: 'Install the revision, or label the Gateway with one that runs.',
  },
  AMB043: {
    title: 'ztunnel serves the wrong network namespace for a pod',
    means: 'Traffic carries the identity of another pod.',
    causes: ['a race while pods are created in old releases'],
    fix: 'Update istio-cni and ztunnel; restart the pods.',
  },
  AMB044: {
    title: 'Quotas keep a DaemonSet of the mesh from running',
    means: 'Nodes have no ztunnel or istio-cni.',
    causes: ['a priority class that the quota of the namespace does not admit'],
    fix: 'Add a ResourceQuota for the class.',
  },
  AMB045: {
    title: 'ztunnel holds back or leaks',
    means: 'Memory grows or connections stall.',
    causes: ['a defect of the release', 'readers that are too slow'],
    fix: 'Update ztunnel.',
  },
  AMB047: {
    title: 'SPIRE does not give ztunnel identities',
    means: 'No certificate, no traffic.',
    causes: ['the CSI volume is not mounted'],
    fix: 'Mount the SPIRE socket into ztunnel.',
  },
  AMB048: {
    title: 'A certificate was revoked',
    means: 'Peers close connections that use it.',
    causes: ['the certificate stands on the revocation list'],
    fix: 'Issue a new certificate.',
  },
  AMB050: {
    title: 'istiod restarted with a part of its data',
    means: 'Endpoints of other clusters are missing for a while.',
    causes: ['it answered before the other clusters were read'],
    fix: 'Wait, or update.',
  },
}
