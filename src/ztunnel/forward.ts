import type { Service, Workload } from '#model/ztunnel.ts'
import { type SocketAddress, socketText } from '#reason/address.ts'
import type { Refusal, Undetermined } from './refusal.ts'
import type { ZtunnelStep } from './steps.ts'
import type { Decision } from './walk.ts'

export const hbonePort = 15008

export interface Forward {
  readonly kind: 'forward'
  readonly protocol: 'TCP' | 'HBONE' | 'DOUBLEHBONE'
  readonly nextHop: SocketAddress
  /** `:authority` of the CONNECT, both of them for DOUBLEHBONE. */
  readonly authority?: string
  /** SPIFFE ids of which the next hop must present one; empty for plain TCP passthrough. */
  readonly upstreamSans: readonly string[]
  /** The same for the inner tunnel of DOUBLEHBONE. */
  readonly finalSans: readonly string[]
  readonly via: 'direct' | 'waypoint' | 'gateway' | 'passthrough'
  readonly destinationWorkload?: Workload
  readonly destinationService?: Service
  /** The waypoint's workload when the traffic is meant to go through one. */
  readonly waypoint?: Workload
  /** Up to 1.21: ztunnel hands it to the pod on its own node without a network hop, and decides the policies at the source. */
  readonly staysOnNode?: true
  /** Up to 1.21, the one identity the next hop must have. */
  readonly expectedIdentity?: string
}

export type OutboundResult = Forward | Refusal | Undetermined
export type OutboundDecision = Decision<OutboundResult, ZtunnelStep>

export const passthrough = (dialled: SocketAddress): Forward => ({
  kind: 'forward',
  protocol: 'TCP',
  nextHop: dialled,
  upstreamSans: [],
  finalSans: [],
  via: 'passthrough',
})

/** Equal for results that nobody outside ztunnel can tell apart. */
export const resultKey = (result: OutboundResult): string => {
  if (result.kind === 'refused') return result.text
  if (result.kind === 'undetermined') return `? ${result.missing} ${result.about}`
  const { protocol, nextHop, authority, upstreamSans, finalSans, destinationWorkload, destinationService } = result
  return [
    result.via,
    protocol,
    socketText(nextHop.ip, nextHop.port),
    authority,
    upstreamSans.join(),
    finalSans.join(),
    destinationWorkload?.uid,
    destinationService?.namespace,
    destinationService?.hostname,
    result.expectedIdentity,
    result.staysOnNode,
  ].join(' ')
}
