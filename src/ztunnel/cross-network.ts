import type { Service } from '#model/ztunnel.ts'
import { type SocketAddress, socketText } from '#reason/address.ts'
import type { OutboundResult } from './forward.ts'
import { resolveNetworkGateway } from './gateway.ts'
import { noValidDestination } from './ip-choice.ts'
import { refused } from './refusal.ts'
import { type OutboundContext, type Reachable, serviceSans, upstreamSans } from './upstream.ts'

/**
 * Double HBONE through the gateway of the upstream's network. Both tunnels carry the service by name
 * (specs/ztunnel.md §4.7; the port by version: ztunnel-measured.md C3).
 */
export const throughGateway = (
  context: OutboundContext,
  upstream: Reachable,
  service: Service | undefined,
  dialled: SocketAddress,
): OutboundResult => {
  const { index, walk } = context
  if (service === undefined)
    return refused('no-service-for-target', `no service for target address: ${socketText(dialled.ip, dialled.port)}`)
  const reference = upstream.workload.networkGateway
  walk.note({ kind: 'network-gateway', rule: '§4.7', of: upstream.workload, reference })
  if (reference === undefined) return noValidDestination(upstream.workload, index.behaviour)
  const gateway = resolveNetworkGateway(context, reference, dialled.ip)
  if (gateway.kind !== 'reachable') return gateway
  if (gateway.ip === undefined) return noValidDestination(gateway.workload, index.behaviour)
  const port = index.behaviour.crossNetwork === 'by-target-port' ? upstream.port : dialled.port
  const authority = `${service.hostname}:${port}`
  const nextHop = { ip: gateway.ip, port: gateway.port }
  walk.note({
    kind: 'hop',
    rule: '§4.7',
    protocol: 'DOUBLEHBONE',
    nextHop: socketText(nextHop.ip, nextHop.port),
    authority,
  })
  return {
    kind: 'forward',
    protocol: 'DOUBLEHBONE',
    nextHop,
    authority,
    upstreamSans: upstreamSans(gateway),
    finalSans: serviceSans(upstream.service),
    via: 'gateway',
    destinationWorkload: gateway.workload,
    destinationService: service,
  }
}
