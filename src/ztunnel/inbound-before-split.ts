import { findWorkloadByAddress } from './address-lookup.ts'
import type { Authority } from './authority.ts'
import { authorize } from './authorize.ts'
import { sourceIsWaypoint } from './gateway.ts'
import { type HboneRequest, type InboundResult, type InboundTarget, rejected } from './inbound.ts'
import type { ZtunnelStep } from './steps.ts'
import type { Walk } from './walk.ts'
import type { ZtunnelIndex } from './ztunnel-index.ts'

/**
 * Up to 1.21 the address must be the pod's own, the policies are skipped for its waypoint, and whoever comes round the
 * waypoint is refused (specs/ztunnel.md §3.4).
 */
export const decideInboundBeforeSplit = (
  index: ZtunnelIndex,
  walk: Walk<ZtunnelStep>,
  { pod, connection, src, identity }: HboneRequest,
  authority: Authority,
): InboundResult => {
  const { network } = index.dump.config
  const ip = authority.kind === 'address' ? authority.ip : authority.hostname
  if (ip !== connection.ip) return rejected(400, 'ip-mismatch', `ip mismatch ${ip} != ${connection.ip}`)
  const workload = findWorkloadByAddress(index, walk, { network, ip })
  if (workload === undefined) return rejected(404, 'unknown-destination', 'unknown destination')
  const target: InboundTarget = { workload, upstream: { ip, port: authority.port }, throughLoopback: false }
  const fromWaypoint = sourceIsWaypoint({ index, walk }, workload.waypoint, { ip: src, identity })
  const decision = authorize(index, walk, pod, { src, dst: target.upstream, identity })
  if (decision.kind === 'undetermined' && !fromWaypoint) return decision
  if (decision.kind === 'refused' && !fromWaypoint)
    return { ...rejected(401, decision.code, 'RBAC rejected'), ...(decision.rbac && { rbac: decision.rbac }), target }
  if (workload.waypoint !== undefined && !fromWaypoint)
    return { ...rejected(401, 'not-from-waypoint', 'bypassed waypoint'), target }
  return {
    kind: 'admitted',
    ...target,
    rbac:
      decision.kind === 'allowed'
        ? decision.rbac
        : { kind: 'allow', by: 'from-waypoint', considered: () => [], missing: [] },
  }
}
