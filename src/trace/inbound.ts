import type { NonEmpty } from '#model/evidence.ts'
import type { SocketAddress } from '#reason/address.ts'
import { isLoopback, parseSocket, socketText } from '#reason/address.ts'
import type { InboundDecision, InboundResult } from '#ztunnel/inbound.ts'
import { decideInboundHbone } from '#ztunnel/inbound-hbone.ts'
import { decideInboundPlaintext } from '#ztunnel/inbound-plaintext.ts'
import { guessServedService } from '#ztunnel/served-service.ts'
import { identityOf } from '#ztunnel/source.ts'
import type { MissingCertificate } from './certificate.ts'
import { missingCertificate } from './certificate.ts'
import { deliver } from './deliver.ts'
import { ofOtherIdentity } from './other-identity.ts'
import { policyStep, restsOnSource } from './policy-step.ts'
import type { RejectionCode } from './rejection.ts'
import { sendFrom } from './rules.ts'
import type { AccessLog, Seen, Step } from './step.ts'
import { step } from './step.ts'
import { supposed } from './supposed.ts'
import type { Assumption, ClientSees, Path, Place } from './trace.ts'
import { after, ends, forked, hop, undetermined } from './trace.ts'
import type { Tunnel, View, Walk } from './walk.ts'
import { isElsewhere, patience } from './walk.ts'
import type { Pod, Ztunnel } from './world.ts'
import { atUnreadZtunnel } from './ztunnel-presence.ts'

/** Stands for an address that the node puts in the client's place; no decision may rest on it. */
const unknownAddress = '0.0.0.0'

/** An HBONE request in the destination's ztunnel (specs/ztunnel.md §5.1). */
export const admitTunnel = (walk: Walk, pod: Pod, to: SocketAddress, tunnel: Tunnel): Path => {
  const ztunnel = walk.world.ztunnelOn(pod.node)
  if (ztunnel === undefined) return atUnreadZtunnel(walk.world, pod.node)
  if (isElsewhere(walk) && ztunnel.substitute) return undetermined('ztunnel-dump', pod.node)
  const unproved = missingCertificate(ztunnel.index.dump, pod.workload && identityOf(pod.workload))
  if (unproved !== undefined) return withoutCertificate(pod, to, tunnel, unproved)
  const stranger = ofOtherIdentity(ztunnel.index, pod, to, tunnel)
  if (stranger !== undefined) return stranger
  const decision = decideInboundHbone(ztunnel.index, {
    pod,
    connection: to,
    src: tunnel.peer.address ?? unknownAddress,
    identity: tunnel.peer.identity ?? '',
    authority: tunnel.authority,
  })
  const log: AccessLog = {
    ...sourceLog(walk, tunnel.peer),
    'dst.addr': socketText(to.ip, to.port),
    'dst.hbone_addr': tunnel.authority,
    ...destinationLog(pod, true),
    direction: 'inbound',
  }
  const fresh = admitted(walk, pod, ztunnel, decision, {
    peer: tunnel.peer,
    authority: tunnel.authority,
    host: tunnel.service,
    log,
    view: tunnel.view,
  })
  return overOpenConnection(walk, pod, tunnel, fresh)
}

/**
 * A policy that names workloads reaches connections that are open already too late: what a waypoint holds open keeps
 * serving (captures/broken-1.30/README.md, surprise 5).
 */
const overOpenConnection = (walk: Walk, pod: Pod, tunnel: Tunnel, fresh: Path): Path => {
  const state = walk.world.workloadState(pod)
  const refused = fresh.end.kind === 'rejected' && fresh.end.code.startsWith('rbac-')
  if (!tunnel.pooled || !refused || typeof state !== 'object') return fresh
  const open = state.connections.find(
    ({ direction, src, actualDst }) =>
      direction === 'inbound' && parseSocket(src)?.ip === tunnel.peer.address && actualDst === tunnel.authority,
  )
  const target = open === undefined ? undefined : parseSocket(open.actualDst)
  if (open === undefined || target === undefined) return fresh
  return forked('open-connection', [
    {
      chose: `over the open connection from ${open.src}`,
      ...deliver(walk, pod, target.port, target.ip, tunnel.peer, tunnel.view),
    },
    { chose: 'over a new connection', ...fresh },
  ])
}

/** The TLS handshake breaks off before the server proves anything. */
const withoutCertificate = (
  pod: Pod,
  to: SocketAddress,
  tunnel: Tunnel,
  { error, evidence }: MissingCertificate,
): Path => {
  const place = { kind: 'ztunnel', name: pod.node } as const
  const refusal = step(
    'refusal',
    {
      code: 'certificate-unavailable',
      error: `signing error: ${error}`,
      log: {
        ...(tunnel.peer.address !== undefined && { 'src.addr': tunnel.peer.address }),
        'dst.addr': socketText(to.ip, to.port),
        direction: 'inbound',
        error: `signing error: ${error}`,
      },
      clientError: 'io error: Connection reset by peer (os error 104)',
    },
    evidence,
  )
  return after(
    hop('inbound', place, [refusal]),
    ends({
      kind: 'rejected',
      by: place,
      code: 'certificate-unavailable',
      error: `signing error: ${error}`,
      clientSees: tunnel.view.closed,
    }),
  )
}

/** Captured plaintext in the destination's ztunnel (specs/ztunnel.md §5.2). */
export const admitPlain = (walk: Walk, pod: Pod, to: SocketAddress, peer: Seen, view: View): Path => {
  const ztunnel = walk.world.ztunnelOn(pod.node)
  if (ztunnel === undefined) return atUnreadZtunnel(walk.world, pod.node)
  if (isElsewhere(walk) && ztunnel.substitute) return undetermined('ztunnel-dump', pod.node)
  const decision = decideInboundPlaintext(ztunnel.index, { pod, src: peer.address ?? unknownAddress, dst: to })
  const log: AccessLog = {
    ...sourceLog(walk, peer),
    'dst.addr': socketText(to.ip, to.port),
    ...destinationLog(pod, false),
    direction: 'inbound',
  }
  return admitted(walk, pod, ztunnel, decision, { peer, log, view })
}

interface Arrival {
  readonly peer: Seen
  readonly authority?: string
  /** The service that the sender says was asked for. */
  readonly host?: string | undefined
  readonly log: AccessLog
  readonly view: View
}

const admitted = (walk: Walk, pod: Pod, ztunnel: Ztunnel, decision: InboundDecision, arrival: Arrival): Path => {
  const place = { kind: 'ztunnel', name: pod.node } as const
  const state: readonly Assumption[] = ztunnel.substitute ? [{ about: 'peer-ztunnel-state', subject: pod.node }] : []
  const assumed = [...state, ...supposed(decision)]
  return forked(
    'insertion-order',
    decision.outcomes.map(({ result, probability }) => ({
      ...(probability !== undefined && { probability }),
      chose: result.kind === 'refused' ? result.text : result.kind,
      ...outcome(walk, pod, result, withService(ztunnel, result, arrival), {
        place,
        assumed,
        file: ztunnel.index.dump.file,
      }),
    })),
  )
}

/** Which of several services the line names depends on the ztunnel's own order, which another's dump does not tell. */
const withService = ({ index, substitute }: Ztunnel, result: InboundResult, arrival: Arrival): Arrival => {
  const target = result.kind === 'admitted' ? result : result.kind === 'refused' ? result.target : undefined
  if (target === undefined) return arrival
  const { workload, upstream } = target
  const served = guessServedService(index, { workload, port: upstream.port, host: arrival.host }, !substitute)
  if (served.kind !== 'service') return arrival
  return { ...arrival, log: { ...arrival.log, 'dst.service': served.service.hostname } }
}

/** ztunnel waits for its own workload before it gives up (specs/ztunnel.md §4.1 O2). */
export const refusedView = (code: string, view: View): ClientSees =>
  code === 'local-workload-unknown' ? { kind: 'closed-late', afterSeconds: patience.ownWorkload } : view.closed

interface Setting {
  readonly place: Place
  readonly assumed: readonly Assumption[]
  readonly file: string
}

const outcome = (walk: Walk, pod: Pod, result: InboundResult, arrival: Arrival, setting: Setting): Path => {
  const { place, assumed, file } = setting
  const enter = (...steps: NonEmpty<Step>) => hop('inbound', place, steps, assumed)
  if (result.kind === 'undetermined') return undetermined('decision', result.about, result.missing)
  if (result.kind === 'hairpin') return undetermined('waypoint-dump', `${pod.namespace}/${pod.name}`)
  const unsure = arrival.peer.address === undefined && result.rbac !== undefined && restsOnSource(result.rbac)
  if (unsure) return undetermined('decision', `${pod.namespace}/${pod.name}`, 'source address')
  if (result.kind === 'refused') {
    const refusal = refusalStep(result, arrival.log)
    const steps: NonEmpty<Step> =
      result.rbac === undefined ? [refusal] : [policyStep(result.rbac, file, result.text), refusal]
    return after(
      enter(...steps),
      ends({
        kind: 'rejected',
        by: place,
        code: result.code,
        error: result.text,
        clientSees: refusedView(result.code, arrival.view),
      }),
    )
  }
  const { upstream, throughLoopback } = result
  const ip = throughLoopback ? (upstream.ip.includes(':') ? '::1' : '127.0.0.1') : upstream.ip
  const application = { ip, port: upstream.port }
  const failure = failsToConnect(walk, pod, application, arrival.peer)
  const rest =
    failure === undefined
      ? deliver(walk, pod, application.port, ip, arrival.peer, arrival.view)
      : ends({ kind: 'rejected', by: place, code: failure, clientSees: late })
  const error = applicationError(rest)
  const admission = step('admission', {
    ...(arrival.authority !== undefined && { authority: arrival.authority }),
    target: socketText(ip, upstream.port),
    peer: arrival.peer,
    log: error === undefined ? arrival.log : { ...arrival.log, error },
  })
  const policy = policyStep(result.rbac, file)
  if (error === undefined) return after(enter(admission, policy), rest)
  const code = rest.end.kind === 'rejected' ? rest.end.code : 'no-listener'
  return after(enter(admission, policy, unreachable(code, error)), rest)
}

/**
 * ztunnel opens the connection to the application from the client's address: the answer finds its way back only by the
 * pod's marks and routes (specs/redirection.md §3), and rules of others may send the connection to ztunnel again.
 */
const failsToConnect = (
  walk: Walk,
  pod: Pod,
  to: SocketAddress,
  { address }: Seen,
): 'answer-lost' | 'ztunnel-loop' | undefined => {
  const kernel = walk.world.kernelOf(pod)
  if (walk.world.redirectingNode(pod.node) !== undefined) return undefined
  if (kernel === undefined || address === undefined || pod.ips.includes(address) || isLoopback(to.ip)) return undefined
  const { fate } = sendFrom(kernel, to, { source: address, byZtunnel: true })
  if (fate.kind === 'arrives') return fate.at.local.port === to.port ? undefined : 'ztunnel-loop'
  return fate.kind === 'refused' || fate.kind === 'undetermined' ? undefined : 'answer-lost'
}

const late: ClientSees = { kind: 'closed-late', afterSeconds: patience.connect }
const applicationRefused = 'connection failed: Connection refused (os error 111)'
const applicationSilent = 'connection failed: deadline has elapsed'

/** What ztunnel logs of an application that does not take the connection. */
const applicationError = ({ end }: Path): string | undefined => {
  if (end.kind !== 'rejected') return undefined
  return end.code === 'no-listener' ? applicationRefused : end.code === 'answer-lost' ? applicationSilent : undefined
}

const unreachable = (code: RejectionCode, error: string): Step =>
  step('refusal', { code, error, log: {}, clientError: 'http status: 503 Service Unavailable' })

const reasonPhrases: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  503: 'Service Unavailable',
}

const refusalStep = (result: Extract<InboundResult, { kind: 'refused' }>, log: AccessLog): Step => {
  const { code, text, status, rbac } = result
  const early = rbac === undefined
  return step('refusal', {
    code,
    error: text,
    log: early ? earlyLog(log, text) : { ...log, error: text },
    ...(status !== undefined && { clientError: `http status: ${status} ${reasonPhrases[status] ?? ''}`.trimEnd() }),
  })
}

/** Refused before it became a connection: the line has no workloads (specs/ztunnel.md §8.1). */
const earlyLog = (log: AccessLog, error: string): AccessLog => ({
  ...(log['src.addr'] !== undefined && { 'src.addr': log['src.addr'] }),
  ...(log['dst.addr'] !== undefined && { 'dst.addr': log['dst.addr'] }),
  direction: 'inbound',
  error,
})

const sourceLog = ({ world }: Walk, { address, identity }: Seen): AccessLog => {
  const workload = address === undefined ? undefined : world.podAt(address)?.workload
  return {
    ...(address !== undefined && { 'src.addr': address }),
    ...(workload !== undefined && { 'src.workload': workload.name, 'src.namespace': workload.namespace }),
    ...(identity !== undefined && { 'src.identity': identity }),
  }
}

const destinationLog = (pod: Pod, encrypted: boolean): AccessLog => ({
  'dst.workload': pod.name,
  'dst.namespace': pod.namespace,
  ...(encrypted && pod.workload !== undefined && { 'dst.identity': identityOf(pod.workload) }),
})
