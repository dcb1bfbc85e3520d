import type { Check } from './check.ts'
import amb001 from './rules/amb001-network-policy-without-15008.ts'
import amb002 from './rules/amb002-probes-lost-by-cni.ts'
import amb003 from './rules/amb003-not-redirected.ts'
import amb004 from './rules/amb004-waypoint-not-there.ts'
import amb005 from './rules/amb005-address-past-waypoint.ts'
import amb006 from './rules/amb006-ingress-past-waypoint.ts'
import amb007 from './rules/amb007-sidecar-past-waypoint.ts'
import amb008 from './rules/amb008-l7-in-ztunnel-policy.ts'
import amb009 from './rules/amb009-waypoint-not-allowed.ts'
import amb010 from './rules/amb010-source-without-identity.ts'
import amb011 from './rules/amb011-strict-meets-plaintext.ts'
import amb012 from './rules/amb012-no-ztunnel.ts'
import amb013 from './rules/amb013-workload-unknown-to-ztunnel.ts'
import amb014 from './rules/amb014-service-entry-not-captured.ts'
import amb015 from './rules/amb015-no-healthy-endpoint.ts'
import amb016 from './rules/amb016-policy-not-attached.ts'
import amb017 from './rules/amb017-route-without-effect.ts'
import amb018 from './rules/amb018-waypoint-refuses.ts'
import amb019 from './rules/amb019-sidecar-and-ambient.ts'
import amb020 from './rules/amb020-no-hbone-behind-label.ts'
import amb021 from './rules/amb021-no-certificate.ts'
import amb022 from './rules/amb022-trust-differs.ts'
import amb023 from './rules/amb023-connection-to-gone-pod.ts'
import amb024 from './rules/amb024-dns-not-captured.ts'
import amb025 from './rules/amb025-releases-differ.ts'
import amb026 from './rules/amb026-no-network-gateway.ts'
import amb027 from './rules/amb027-waypoint-in-one-cluster.ts'
import amb028 from './rules/amb028-not-in-probe-set.ts'
import amb029 from './rules/amb029-security-groups.ts'
import amb030 from './rules/amb030-control-plane-denied.ts'
import amb031 from './rules/amb031-connection-outlives-change.ts'
import amb032 from './rules/amb032-drained-connections.ts'
import amb033 from './rules/amb033-cni-agent-missing.ts'
import amb034 from './rules/amb034-http-on-tcp-port.ts'
import amb035 from './rules/amb035-cannot-be-captured.ts'
import amb036 from './rules/amb036-reserved-port.ts'
import amb037 from './rules/amb037-ipv6-uncovered.ts'
import amb038 from './rules/amb038-waypoint-configuration.ts'
import amb039 from './rules/amb039-cluster-missing.ts'
import amb040 from './rules/amb040-opted-out.ts'
import amb041 from './rules/amb041-revision-without-istiod.ts'
import amb042 from './rules/amb042-leftover-rules.ts'
import amb043 from './rules/amb043-foreign-network-namespace.ts'
import amb044 from './rules/amb044-quota-stops-daemonset.ts'
import amb045 from './rules/amb045-ztunnel-out-of-memory.ts'
import amb046 from './rules/amb046-hostname-twice.ts'
import amb047 from './rules/amb047-spire-socket-missing.ts'
import amb048 from './rules/amb048-certificate-revoked.ts'
import amb049 from './rules/amb049-dry-run.ts'
import amb051 from './rules/amb051-waypoint-unused.ts'
import amb052 from './rules/amb052-policy-not-in-dump.ts'
import amb053 from './rules/amb053-deny-that-never-holds.ts'
import amb054 from './rules/amb054-waypoint-gone-with-its-policies.ts'
import amb055 from './rules/amb055-host-network-past-policies.ts'
import amb056 from './rules/amb056-root-policy-past-waypoints.ts'
import amb057 from './rules/amb057-family-breaks-waypoint.ts'
import amb058 from './rules/amb058-ports-unknown-to-waypoint.ts'
import amb059 from './rules/amb059-server-first-behind-inspection.ts'
import amb060 from './rules/amb060-network-policy-not-modelled.ts'
import amb061 from './rules/amb061-custom-without-provider.ts'

/** Every check, by code. */
export const checks: readonly Check[] = [
  amb001,
  amb002,
  amb003,
  amb004,
  amb005,
  amb006,
  amb007,
  amb008,
  amb009,
  amb010,
  amb011,
  amb012,
  amb013,
  amb014,
  amb015,
  amb016,
  amb017,
  amb018,
  amb019,
  amb020,
  amb021,
  amb022,
  amb023,
  amb024,
  amb025,
  amb026,
  amb027,
  amb028,
  amb029,
  amb030,
  amb031,
  amb032,
  amb033,
  amb034,
  amb035,
  amb036,
  amb037,
  amb038,
  amb039,
  amb040,
  amb041,
  amb042,
  amb043,
  amb044,
  amb045,
  amb046,
  amb047,
  amb048,
  amb049,
  amb051,
  amb052,
  amb053,
  amb054,
  amb055,
  amb056,
  amb057,
  amb058,
  amb059,
  amb060,
  amb061,
]
