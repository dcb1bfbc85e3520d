import type { ZtunnelDump } from '#model/ztunnel.ts'
import type { SocketAddress } from '#reason/address.ts'
import { socketText } from '#reason/address.ts'
import { decideOutbound } from '#ztunnel/outbound.ts'
import { identityOf } from '#ztunnel/source.ts'
import { arrivePlain } from './arrive-plain.ts'
import { arriveTunnel } from './arrive-tunnel.ts'
import { missingCertificate } from './certificate.ts'
import { connectPlain } from './direct.ts'
import { throughEastWest } from './east-west.ts'
import { withExpectedWaypoint } from './expected-waypoint.ts'
import { refusedView } from './inbound.ts'
import type { AccessLog } from './step.ts'
import { inOrder, step } from './step.ts'
import { supposed } from './supposed.ts'
import type { Assumption, ForkReason, Path } from './trace.ts'
import { after, ends, forked, hop, undetermined } from './trace.ts'
import type { Tunnel, Walk } from './walk.ts'
import { behindZtunnel } from './walk.ts'
import type { Pod } from './world.ts'
import { atUnreadZtunnel } from './ztunnel-presence.ts'
import { traceSteps } from './ztunnel-steps.ts'

type OutboundDecision = ReturnType<typeof decideOutbound>
type OutboundResult = OutboundDecision['outcomes'][0]['result']
type Forward = Extract<OutboundResult, { kind: 'forward' }>

/** A captured connection in the client's ztunnel (specs/ztunnel.md §4). */
export const outbound = (walk: Walk, pod: Pod, sourceIp: string, dialled: SocketAddress): Path => {
  const ztunnel = walk.world.ztunnelOn(pod.node)
  if (ztunnel === undefined) return atUnreadZtunnel(walk.world, pod.node)
  const { index, substitute } = ztunnel
  const decision = decideOutbound(index, {
    source: { name: pod.name, namespace: pod.namespace, serviceAccount: pod.serviceAccount, ip: sourceIp },
    destination: dialled,
  })
  const place = { kind: 'ztunnel', name: pod.node } as const
  const state: readonly Assumption[] = substitute ? [{ about: 'peer-ztunnel-state', subject: pod.node }] : []
  const assumed = [...state, ...supposed(decision)]
  return forked(
    reasonOf(decision),
    decision.outcomes.map(({ result, probability, steps }) => {
      const told = withExpectedWaypoint(traceSteps(steps, index, dialled.port), steps, walk.world.mesh.kubernetes)
      const identity = identityOfSource(steps)
      const log = logOf(pod, sourceIp, dialled, result, identity)
      return {
        ...(probability !== undefined && { probability }),
        chose: choiceOf(result, decision),
        ...continueAfter(walk, result, {
          sourceIp,
          identity,
          dialled,
          log,
          place,
          assumed,
          told,
          dump: index.dump,
          network: networkBehindGateway(steps),
        }),
      }
    }),
  )
}

interface Departure {
  readonly sourceIp: string
  readonly identity: string | undefined
  readonly dialled: SocketAddress
  readonly log: AccessLog
  readonly place: { readonly kind: 'ztunnel'; readonly name: string }
  readonly assumed: readonly Assumption[]
  readonly told: ReturnType<typeof traceSteps>
  readonly dump: ZtunnelDump
  /** Where the endpoint is, when a gateway leads there. */
  readonly network: string | undefined
}

const continueAfter = (walk: Walk, result: OutboundResult, departure: Departure): Path => {
  const { place, assumed, told, log } = departure
  if (result.kind === 'refused')
    return after(
      hop(
        'outbound',
        place,
        inOrder([...told, step('refusal', { code: result.code, error: result.text, log })]),
        assumed,
      ),
      ends({
        kind: 'rejected',
        by: place,
        code: result.code,
        error: result.text,
        clientSees: refusedView(result.code, behindZtunnel),
      }),
    )
  if (result.kind === 'undetermined') {
    const end = undetermined(result.missing === 'dns-answer' ? 'dns-answer' : 'decision', result.about, result.missing)
    return told.length === 0 ? end : after(hop('outbound', place, inOrder(told), assumed), end)
  }
  const unproved = result.protocol === 'TCP' ? undefined : missingCertificate(departure.dump, departure.identity)
  if (unproved !== undefined) {
    const error = `identity error: ${unproved.error}`
    const refusal = step(
      'refusal',
      { code: 'certificate-unavailable', error, log: { ...log, error } },
      unproved.evidence,
    )
    return after(
      hop('outbound', place, inOrder([...told, refusal]), assumed),
      ends({ kind: 'rejected', by: place, code: 'certificate-unavailable', error, clientSees: behindZtunnel.closed }),
    )
  }
  const rest = onwards(walk, result, departure)
  const error = clientErrorOf(rest)
  const tunnel = step('tunnel', {
    protocol: result.protocol,
    nextHop: socketText(result.nextHop.ip, result.nextHop.port),
    expects: result.upstreamSans,
    ...(result.authority !== undefined && { authority: result.authority }),
    ...(result.protocol !== 'TCP' && departure.identity !== undefined && { identity: departure.identity }),
    log: error === undefined ? log : { ...log, error },
  })
  return after(hop('outbound', place, inOrder([...told, tunnel]), assumed), rest)
}

const onwards = (walk: Walk, result: Forward, { sourceIp, identity, network }: Departure): Path => {
  const nextHop = result.nextHop
  if (result.via === 'passthrough') return connectPlain(walk, nextHop, { address: sourceIp }, behindZtunnel)
  if (result.protocol === 'TCP') return arrivePlain(walk, nextHop, { address: sourceIp }, behindZtunnel)
  const tunnel: Tunnel = {
    peer: { address: sourceIp, ...(identity !== undefined && { identity }) },
    authority: result.authority ?? socketText(nextHop.ip, nextHop.port),
    via: result.via,
    expects: result.upstreamSans,
    pooled: false,
    view: behindZtunnel,
    ...(result.destinationService !== undefined && { service: result.destinationService.hostname }),
  }
  return result.protocol === 'DOUBLEHBONE'
    ? intoOtherNetwork(walk, result, tunnel, network)
    : arriveTunnel(walk, nextHop, tunnel)
}

/** ztunnel takes in the other network only an identity of the service itself (specs/ztunnel.md §4.7). */
const intoOtherNetwork = (
  walk: Walk,
  { nextHop, finalSans = [] }: Forward,
  outer: Tunnel,
  network: string | undefined,
): Path =>
  finalSans.length === 0
    ? undetermined('decision', outer.service ?? outer.authority, 'no-final-names')
    : throughEastWest(walk, nextHop, { outer, inner: { ...outer, expects: finalSans }, network })

/** What the refusal at the tunnel's far end makes the client's ztunnel log; behind a waypoint it logs nothing of it. */
const clientErrorOf = ({ hops }: Path): string | undefined => {
  for (const { stage, steps } of hops) {
    if (stage === 'waypoint') return undefined
    for (const each of steps) if (each.kind === 'refusal') return each.detail.clientError
  }
  return undefined
}

const networkBehindGateway = (steps: OutboundDecision['outcomes'][0]['steps']): string | undefined => {
  const gateway = steps.find(each => each.kind === 'network-gateway')
  return gateway?.kind === 'network-gateway' ? gateway.of.network : undefined
}

const identityOfSource = (steps: OutboundDecision['outcomes'][0]['steps']): string | undefined => {
  const source = steps.find(each => each.kind === 'source')
  return source?.kind === 'source' ? identityOf(source.workload) : undefined
}

const reasonOf = ({ ambiguousBecause }: OutboundDecision): ForkReason => {
  const [fact] = ambiguousBecause
  switch (fact?.code) {
    case undefined:
      return 'load-balancing'
    case 'shared-address':
    case 'same-pod-info':
      return 'shared-address'
    case 'shared-vip':
    case 'stale-cidr':
      return fact.code
    default:
      return 'insertion-order'
  }
}

/** The endpoint that was drawn, with its workload where another of the same address could have been. */
const choiceOf = (result: OutboundResult, { outcomes }: OutboundDecision): string => {
  const address = addressOf(result)
  const workload = result.kind === 'forward' ? result.destinationWorkload : undefined
  const isOnly = outcomes.filter(other => addressOf(other.result) === address).length === 1
  return isOnly || workload === undefined ? address : `${address} of ${workload.namespace}/${workload.name}`
}

/** A waypoint is told what the client dialled, whichever of its pods it is. */
const addressOf = (result: OutboundResult): string => {
  if (result.kind === 'refused') return result.text
  if (result.kind === 'undetermined') return result.about
  const nextHop = socketText(result.nextHop.ip, result.nextHop.port)
  return result.via === 'direct' ? (result.authority ?? nextHop) : nextHop
}

/** The client side's access-log line (specs/ztunnel.md §8.1); `src.addr` without the port that the kernel chose. */
const logOf = (
  pod: Pod,
  sourceIp: string,
  dialled: SocketAddress,
  result: OutboundResult,
  identity: string | undefined,
): AccessLog => {
  if (result.kind === 'refused')
    return {
      'src.addr': sourceIp,
      'dst.addr': socketText(dialled.ip, dialled.port),
      direction: 'outbound',
      error: result.text,
    }
  if (result.kind === 'undetermined') return { direction: 'outbound' }
  const { destinationWorkload: workload, destinationService: service, protocol } = result
  const encrypted = protocol !== 'TCP'
  return {
    'src.addr': sourceIp,
    'src.workload': pod.name,
    'src.namespace': pod.namespace,
    ...(encrypted && identity !== undefined && { 'src.identity': identity }),
    'dst.addr': socketText(result.nextHop.ip, result.nextHop.port),
    ...(encrypted && result.authority !== undefined && { 'dst.hbone_addr': result.authority }),
    ...(service !== undefined && { 'dst.service': service.hostname }),
    ...(workload !== undefined && { 'dst.workload': workload.name, 'dst.namespace': workload.namespace }),
    ...(encrypted && workload !== undefined && { 'dst.identity': identityOf(workload) }),
    direction: 'outbound',
  }
}
