import type { GatewayAddress, Workload } from '#model/ztunnel.ts'
import { endpointsInclude, findReference } from './address-lookup.ts'
import { balance, type ResolutionMode, type Upstream } from './load-balancing.ts'
import { type Refusal, refused, type Undetermined } from './refusal.ts'
import { gatewayDebug } from './rust-text.ts'
import { endpointsOf } from './service-lookup.ts'
import { identityOf } from './source.ts'
import { findUpstream, finish, type OutboundContext, type Reachable } from './upstream.ts'

export type Resolved = Reachable | Refusal | Undetermined

/** Resolves a waypoint reference; a failure is final, the waypoint is never left out (specs/ztunnel.md §4.4). */
export const resolveWaypoint = (context: OutboundContext, reference: GatewayAddress, dialled: string): Resolved => {
  const { behaviour } = context.index
  if (reference.destination.kind === 'hostname' && behaviour.hostnameReferences === 'unsupported')
    return refused('waypoint-hostname-unsupported', 'unsupported feature: hostname lookup not supported yet')
  return resolve(context, reference, dialled, 'waypoint', unknownWaypoint(context, reference))
}

/** Resolves the gateway of another network; its service must list the port (specs/ztunnel.md §4.7). */
export const resolveNetworkGateway = (context: OutboundContext, reference: GatewayAddress, dialled: string): Resolved =>
  resolve(context, reference, dialled, 'standard', what =>
    refused('unknown-network-gateway', `unknown network gateway: network gateway ${what} not found`),
  )

const unknownWaypoint =
  ({ index }: OutboundContext, { destination }: GatewayAddress) =>
  (what: string): Refusal =>
    refused(
      'unknown-waypoint',
      `unknown waypoint: waypoint ${index.behaviour.unresolvedWaypointNames === 'address' && destination.kind === 'address' ? destination.ip : what} not found`,
    )

const resolve = (
  context: OutboundContext,
  reference: GatewayAddress,
  dialled: string,
  mode: ResolutionMode,
  unknown: (what: string) => Refusal,
): Resolved => {
  const { destination, hboneMtlsPort } = reference
  const byAddress = destination.kind === 'address'
  const upstream = byAddress
    ? findUpstream(context, destination, hboneMtlsPort, mode)
    : upstreamByName(context, reference, mode)
  if (upstream === 'unknown-name') return unknown(byAddress ? '' : destination.hostname)
  const finished = finish(context, upstream, targetIp(reference, dialled))
  return finished.kind === 'nothing' ? unknown(gatewayDebug(reference)) : finished
}

/** A reference by address keeps its own family; one by name adapts to what was dialled. */
const targetIp = ({ destination }: GatewayAddress, dialled: string): string =>
  destination.kind === 'address' ? destination.ip : dialled

const upstreamByName = (
  { index, walk, source }: OutboundContext,
  { destination, hboneMtlsPort: port }: GatewayAddress,
  mode: ResolutionMode,
): Upstream | undefined | 'unknown-name' => {
  const found = findReference(index, walk, destination)
  if (found === undefined) return 'unknown-name'
  if (found.kind === 'workload') return { kind: 'workload', workload: found.workload, port }
  return balance(index, walk, source, found.found, port, mode)
}

/** True when the source is (one of) the workload's own waypoint: identity and source address both belong to it (§4.1 O8). */
export const sourceIsWaypoint = (
  { index, walk }: Pick<OutboundContext, 'index' | 'walk'>,
  reference: GatewayAddress | undefined,
  source: { readonly ip: string; readonly identity: string },
): boolean => {
  if (reference === undefined) return false
  const isSource = (workload: Workload | undefined) =>
    workload !== undefined && identityOf(workload) === source.identity && workload.workloadIps.includes(source.ip)
  const found = findReference(index, walk, reference.destination)
  if (found === undefined) return false
  if (found.kind === 'workload') return isSource(found.workload)
  return endpointsOf(index, walk, found.found).some(({ workloadUid }) =>
    isSource(index.workloadsByUid.get(workloadUid)),
  )
}

/** True when `local` serves as the waypoint that `reference` names (specs/ztunnel.md §5.1 I6). */
export const isWaypointBehind = (
  { index, walk }: Pick<OutboundContext, 'index' | 'walk'>,
  reference: GatewayAddress,
  local: Workload,
  localIp: string,
): boolean => {
  const found = findReference(index, walk, reference.destination)
  if (found === undefined) return false
  if (found.kind === 'workload') return found.workload.workloadIps.includes(localIp)
  return endpointsInclude(endpointsOf(index, walk, found.found), local)
}
