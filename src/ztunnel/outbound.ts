import type { GatewayAddress, Service } from '#model/ztunnel.ts'
import { isLoopback, type SocketAddress, socketText } from '#reason/address.ts'
import { findAddress } from './address-lookup.ts'
import { throughGateway } from './cross-network.ts'
import { certain } from './damage.ts'
import { hbonePort, type OutboundDecision, type OutboundResult, passthrough, resultKey } from './forward.ts'
import { resolveWaypoint, sourceIsWaypoint } from './gateway.ts'
import { noValidDestination, type Resolve } from './ip-choice.ts'
import { decideBeforeSplit } from './outbound-before-split.ts'
import { refused } from './refusal.ts'
import { findLocalWorkload, findSourceByAddress, identityOf, type LocalPod } from './source.ts'
import type { ZtunnelStep } from './steps.ts'
import { findUpstream, finish, type OutboundContext, type Reachable, upstreamSans } from './upstream.ts'
import { type Doubts, explore, type Walk } from './walk.ts'
import type { ZtunnelIndex } from './ztunnel-index.ts'

export interface OutboundRequest {
  /** `ip` is the source address of the connection. */
  readonly source: LocalPod & { readonly ip: string }
  /** What the application dialled. */
  readonly destination: SocketAddress
}

export interface OutboundKnowledge extends Doubts {
  /** DNS on the node; nothing is known when it is absent. */
  readonly resolve?: Resolve
}

/** What the source ztunnel does with a captured connection (specs/ztunnel.md §4). */
export const decideOutbound = (
  index: ZtunnelIndex,
  request: OutboundRequest,
  { resolve = () => undefined, doubt = false }: OutboundKnowledge = {},
): OutboundDecision =>
  explore(walk => certain(index, walk.steps, route(index, walk, request, resolve)), resultKey, { doubt })

const route = (
  index: ZtunnelIndex,
  walk: Walk<ZtunnelStep>,
  { source: pod, destination }: OutboundRequest,
  resolve: Resolve,
): OutboundResult => {
  const lacking = index.dump.missing.find(kind => kind === 'workloads' || kind === 'services')
  if (lacking !== undefined) return { kind: 'undetermined', missing: 'record-not-read', about: lacking }
  if (isSelfCall(index, destination)) {
    walk.note({ kind: 'self-call', rule: '§4.1 O1', ...destination, refused: true })
    return refused('self-call', 'attempted recursive call to ourselves')
  }
  const source =
    index.behaviour.sourceFoundBy === 'pod-info'
      ? findLocalWorkload(index, walk, pod)
      : findSourceByAddress(index, walk, pod, pod.ip)
  if ('kind' in source) return source
  const context = { index, walk, source, resolve }
  return index.behaviour.waypointsAreSplit
    ? routeFrom(context, pod.ip, destination)
    : decideBeforeSplit(context, destination)
}

const isSelfCall = ({ behaviour, dump }: ZtunnelIndex, { ip, port }: SocketAddress): boolean =>
  behaviour.outboundSelfCall === 'loopback' && isLoopback(ip) && dump.config.illegalPorts.includes(port)

const routeFrom = (context: OutboundContext, sourceIp: string, dialled: SocketAddress): OutboundResult => {
  const service = dialledService(context, dialled)
  const reference = service === undefined ? undefined : serviceWaypoint(context, service)
  if (service !== undefined && reference !== undefined) {
    const waypoint = resolveWaypoint(context, reference, dialled.ip)
    if (waypoint.kind !== 'reachable') return waypoint
    if (context.index.behaviour.crossNetwork === 'by-service-port' && isRemote(context, waypoint))
      return throughGateway(context, waypoint, service, dialled)
    return toWaypoint(context, waypoint, dialled, service)
  }
  const address = { network: context.source.network, ip: dialled.ip }
  const upstream = finish(context, findUpstream(context, address, dialled.port, 'standard'), dialled.ip)
  if (upstream.kind === 'nothing') return withoutUpstream(context, service, dialled)
  if (upstream.kind !== 'reachable') return upstream
  if (isRemote(context, upstream)) {
    const named = context.index.behaviour.crossNetwork === 'by-target-port' ? upstream.service : service
    return throughGateway(context, upstream, named, dialled)
  }
  return toWorkload(context, sourceIp, upstream, service, dialled)
}

const dialledService = ({ index, walk, source }: OutboundContext, { ip }: SocketAddress): Service | undefined => {
  const { network } = index.dump.config
  const found = findAddress(index, walk, { network, ip }, source.namespace)
  const what =
    found?.kind === 'service' ? { kind: 'service' as const, service: found.found.service, by: found.found.by } : found
  walk.note({ kind: 'address', rule: '§4.1 O3', network, ip, found: what, rivals: [] })
  return found?.kind === 'service' ? found.found.service : undefined
}

const serviceWaypoint = ({ walk }: OutboundContext, service: Service): GatewayAddress | undefined => {
  const weighted = service.weightedWaypoints
    .filter(({ weight }) => weight > 0)
    .map(({ destination, weight }) => ({ value: destination, weight }))
  const reference = weighted.length > 0 ? walk.draw(weighted) : service.waypoint
  if (reference !== undefined) {
    const rivals = weighted.map(({ value }) => value).filter(other => other !== reference)
    walk.note({ kind: 'waypoint-reference', rule: '§4.1 O4', of: service, reference, rivals })
  }
  return reference
}

const isRemote = ({ index, source }: OutboundContext, { workload }: Reachable): boolean =>
  index.behaviour.crossNetwork !== 'as-local' && workload.network !== source.network

const withoutUpstream = (
  { index, walk }: OutboundContext,
  service: Service | undefined,
  dialled: SocketAddress,
): OutboundResult => {
  const text = socketText(dialled.ip, dialled.port)
  const { refusesWithoutUpstream, passthroughBalancing } = index.behaviour
  const isPassthrough = passthroughBalancing && service?.loadBalancer?.mode === 'Passthrough'
  if (refusesWithoutUpstream && service !== undefined && !isPassthrough)
    return refused('no-healthy-upstream', `no healthy upstream: ${text}`)
  walk.note({ kind: 'hop', rule: '§4.1 O6', protocol: 'TCP', nextHop: text })
  return passthrough(dialled)
}

/** The waypoint is told what was dialled, untranslated. */
const toWaypoint = (
  { index, walk }: OutboundContext,
  waypoint: Reachable,
  dialled: SocketAddress,
  service: Service | undefined,
): OutboundResult => {
  if (waypoint.ip === undefined) return noValidDestination(waypoint.workload, index.behaviour)
  const authority = socketText(dialled.ip, dialled.port)
  const nextHop = { ip: waypoint.ip, port: waypoint.port }
  walk.note({
    kind: 'hop',
    rule: '§4.1 O4/O9',
    protocol: 'HBONE',
    nextHop: socketText(nextHop.ip, nextHop.port),
    authority,
  })
  return {
    kind: 'forward',
    protocol: 'HBONE',
    nextHop,
    authority,
    upstreamSans: upstreamSans(waypoint),
    finalSans: [],
    via: 'waypoint',
    destinationWorkload: waypoint.workload,
    ...(service === undefined ? {} : { destinationService: service }),
    waypoint: waypoint.workload,
  }
}

const toWorkload = (
  context: OutboundContext,
  sourceIp: string,
  upstream: Reachable,
  service: Service | undefined,
  dialled: SocketAddress,
): OutboundResult => {
  const { workload } = upstream
  const reference = workload.waypoint
  if (reference !== undefined && service !== undefined)
    context.walk.note({ kind: 'waypoint-skipped', rule: '§4.1 O9', of: workload, why: 'service-addressed' })
  if (reference === undefined || service !== undefined) return direct(context, upstream)
  const caller = { ip: sourceIp, identity: identityOf(context.source) }
  if (sourceIsWaypoint(context, reference, caller)) {
    context.walk.note({ kind: 'waypoint-skipped', rule: '§4.1 O8', of: workload, why: 'source-is-the-waypoint' })
    return direct(context, upstream)
  }
  context.walk.note({ kind: 'waypoint-reference', rule: '§4.1 O9', of: workload, reference, rivals: [] })
  const waypoint = resolveWaypoint(context, reference, dialled.ip)
  return waypoint.kind === 'reachable' ? toWaypoint(context, waypoint, dialled, upstream.service) : waypoint
}

const direct = ({ index, walk }: OutboundContext, upstream: Reachable): OutboundResult => {
  const { workload, ip, port, service } = upstream
  if (ip === undefined) return noValidDestination(workload, index.behaviour)
  const target = socketText(ip, port)
  const isHbone = workload.protocol === 'HBONE'
  const nextHop = { ip, port: isHbone ? hbonePort : port }
  const authority = isHbone ? { authority: target } : {}
  walk.note({
    kind: 'hop',
    rule: '§4.1 O10',
    protocol: workload.protocol,
    nextHop: socketText(ip, nextHop.port),
    ...authority,
  })
  return {
    kind: 'forward',
    protocol: workload.protocol,
    nextHop,
    ...authority,
    upstreamSans: upstreamSans(upstream),
    finalSans: [],
    via: 'direct',
    destinationWorkload: workload,
    ...(service === undefined ? {} : { destinationService: service }),
  }
}
