import type { Endpoint, NetworkAddress, Service, Workload } from '#model/ztunnel.ts'
import { type SocketAddress, socketText } from '#reason/address.ts'
import { findWorkloadByAddress } from './address-lookup.ts'
import { type Forward, hbonePort, type OutboundResult, passthrough } from './forward.ts'
import { chooseIp, noValidDestination } from './ip-choice.ts'
import { type Refusal, refused } from './refusal.ts'
import { findServiceByAddress } from './service-lookup.ts'
import { identityOf } from './source.ts'
import type { OutboundContext } from './upstream.ts'

interface Target {
  readonly workload: Workload
  readonly port: number
  readonly service?: Service
}

/**
 * Up to 1.21 only workloads had waypoints and they served every call, an unknown port or an empty service was passed
 * through, and a pod on the same node had a short cut (specs/ztunnel.md §3.4, ztunnel-measured.md C6, C10–C12).
 */
export const decideBeforeSplit = (context: OutboundContext, dialled: SocketAddress): OutboundResult => {
  const { index, walk, source, resolve } = context
  const target = findTarget(context, { network: source.network, ip: dialled.ip }, dialled.port)
  if (target === undefined) return passthrough(dialled)
  const chosen = chooseIp(index.behaviour, walk, target.workload, { ip: dialled.ip }, resolve)
  if (chosen.kind === 'only-through-gateway') return noValidDestination(target.workload, index.behaviour)
  if (chosen.kind !== 'ip') return chosen
  const { waypoint: reference } = target.workload
  if (reference !== undefined) {
    walk.note({ kind: 'waypoint-reference', rule: '§3.4', of: target.workload, reference, rivals: [] })
    return toWaypoint(context, target, chosen.ip, dialled, reference.hboneMtlsPort)
  }
  const authority = socketText(chosen.ip, target.port)
  const isHbone = target.workload.protocol === 'HBONE'
  const nextHop = { ip: chosen.ip, port: isHbone ? hbonePort : target.port }
  walk.note({
    kind: 'hop',
    rule: '§3.4',
    protocol: target.workload.protocol,
    nextHop: socketText(nextHop.ip, nextHop.port),
  })
  return {
    kind: 'forward',
    protocol: target.workload.protocol,
    nextHop,
    ...(isHbone ? { authority } : {}),
    ...sansOf(target),
    via: 'direct',
    ...(staysOnNode(context, target.workload) ? { staysOnNode: true } : {}),
    expectedIdentity: identityOf(target.workload),
  }
}

const staysOnNode = ({ index }: OutboundContext, { node, protocol }: Workload): boolean => {
  const { config } = index.dump
  const { sameNodeFastPath } = index.behaviour
  return (
    protocol === 'HBONE' &&
    node !== '' &&
    node === config.localNode &&
    (sameNodeFastPath === 'always' || (sameNodeFastPath === 'outside-inpod' && !config.inpod))
  )
}

const sansOf = ({
  workload,
  service,
}: Target): Pick<Forward, 'upstreamSans' | 'finalSans' | 'destinationWorkload' | 'destinationService'> => ({
  upstreamSans: service?.subjectAltNames ?? [],
  finalSans: [],
  destinationWorkload: workload,
  ...(service === undefined ? {} : { destinationService: service }),
})

const toWaypoint = (
  context: OutboundContext,
  target: Target,
  targetIp: string,
  dialled: SocketAddress,
  waypointPort: number,
): OutboundResult => {
  const { index, walk, resolve } = context
  const waypoint = findWaypoint(context, target.workload)
  if ('kind' in waypoint) return waypoint
  const gateway = gatewayOf(waypoint, targetIp, waypointPort)
  if (gateway === undefined) return unresolved(target.workload)
  const chosen = chooseIp(index.behaviour, walk, waypoint.workload, { ip: dialled.ip, gateway }, resolve)
  if (chosen.kind === 'only-through-gateway') return noValidDestination(waypoint.workload, index.behaviour, gateway)
  if (chosen.kind !== 'ip') return chosen
  const nextHop = { ip: chosen.ip, port: waypoint.port }
  const authority = socketText(dialled.ip, dialled.port)
  walk.note({ kind: 'hop', rule: '§3.4', protocol: 'HBONE', nextHop: socketText(nextHop.ip, nextHop.port), authority })
  return {
    kind: 'forward',
    protocol: 'HBONE',
    nextHop,
    authority,
    ...sansOf(target),
    via: 'waypoint',
    waypoint: waypoint.workload,
    expectedIdentity: identityOf(waypoint.workload),
  }
}

const findWaypoint = (context: OutboundContext, workload: Workload): Target | Refusal => {
  const reference = workload.waypoint
  if (reference === undefined) return unresolved(workload)
  if (reference.destination.kind === 'hostname')
    return refused(
      'waypoint-hostname-unsupported',
      'unknown waypoint: unsupported feature: hostname lookup not supported yet',
    )
  return findTarget(context, reference.destination, reference.hboneMtlsPort) ?? unresolved(workload)
}

const unresolved = ({ name }: Workload): Refusal =>
  refused('unknown-waypoint', `unknown waypoint: failed to find waypoint for workload: ${name}`)

/** The gateway address that ztunnel notes on the waypoint before it looks for the waypoint's own address; error texts show it. */
const gatewayOf = ({ workload, port }: Target, targetIp: string, waypointPort: number): string | undefined => {
  if (workload.gatewayAddress !== undefined) return workload.gatewayAddress
  if (workload.protocol === 'TCP') return socketText(targetIp, port)
  const own = workload.waypoint?.destination
  if (own?.kind === 'hostname') return undefined
  return socketText(own?.ip ?? targetIp, waypointPort)
}

const findTarget = ({ index, walk }: OutboundContext, address: NetworkAddress, port: number): Target | undefined => {
  const found = findServiceByAddress(index, walk, address)
  if (found === undefined) {
    const workload = findWorkloadByAddress(index, walk, address)
    return workload === undefined ? undefined : { workload, port }
  }
  const { service } = found
  const ofService = service.ports.get(port)
  if (ofService === undefined || service.endpoints.length === 0) return undefined
  const endpoint: Endpoint = walk.draw(service.endpoints.map(value => ({ value, weight: 1 })))
  const workload = index.workloadsByUid.get(endpoint.workloadUid)
  const candidates = service.endpoints.flatMap(({ workloadUid }) => index.workloadsByUid.get(workloadUid) ?? [])
  walk.note({ kind: 'endpoint', rule: '§3.4', service, port, chosen: workload, candidates, lost: [] })
  return workload === undefined ? undefined : { workload, port: endpoint.ports.get(port) ?? ofService, service }
}
