import type { SocketAddress } from '#reason/address.ts'
import { parseSocket } from '#reason/address.ts'
import type { Ending, HostChoice, Reached, WaypointBranch } from '#waypoint/outcome.ts'
import { ownCertificate } from '#waypoint/outer.ts'
import type { UpstreamEvent } from '#waypoint/upstream/answer.ts'
import { clientSees as answerOf } from '#waypoint/upstream/answer.ts'
import { withOrigin } from './origins.ts'
import type { RejectionCode } from './rejection.ts'
import { replyCode } from './rejection.ts'
import type { Request } from './request.ts'
import { isHttp } from './request.ts'
import type { Assumption, ClientSees, EnvoyStep, Headers, Missing, Path, Place, Stage, Step } from './trace.ts'
import { after, ends, forked, hop, inOrder, step, undetermined } from './trace.ts'
import type { Tunnel, View, Walk } from './walk.ts'
import { behindZtunnel } from './walk.ts'
import { headersOf } from './waypoint-request.ts'
import type { Pod, World } from './world.ts'

/** A proxy that takes the request, and where it does. */
export interface Visit {
  readonly pod: Pod
  readonly place: Place
  readonly stage: Stage
  readonly to: SocketAddress
  readonly assumed: readonly Assumption[]
}

/** What Envoy told of itself, then what comes after it: an answer, a close, or the way to the endpoint. */
export const afterWaypoint = (walk: Walk, branch: WaypointBranch, visit: Visit): Path => {
  const { place, stage } = visit
  const { world } = walk
  const origins = { kubernetes: world.mesh.kubernetes, dump: world.waypointOf(visit.pod)?.index.dump }
  const told = branch.steps.map(({ evidence, ...detail }) =>
    step(
      'envoy',
      withOrigin(origins, detail as EnvoyStep, evidence),
      evidence,
      'reason' in detail && detail.reason !== undefined ? [detail.reason] : [],
    ),
  )
  const arrive = (last: Step, rest: Path): Path =>
    after(hop(stage, place, inOrder([...told, last]), visit.assumed), rest)
  const path = follow(walk, branch, visit, place, arrive)
  const [first, ...others] = branch.assumptions
  if (first === undefined) return path
  const missing = [first, ...others].map(
    ({ kind, what }): Missing => ({ what: kind === 'missing' ? 'waypoint-configuration' : 'filter', subject: what }),
  )
  return { hops: [], end: { kind: 'undetermined', missing: inOrderOf(missing), provided: path } }
}

type Arrive = (last: Step, rest: Path) => Path

const follow = (walk: Walk, branch: WaypointBranch, visit: Visit, place: Place, arrive: Arrive): Path => {
  const { ending, reached } = branch
  const rejected = (code: RejectionCode, clientSees: ClientSees, error?: string): Path =>
    ends({ kind: 'rejected', by: place, code, clientSees, ...(error !== undefined && { error }) })
  switch (ending.kind) {
    case 'forwarded':
      return toHosts(walk, ending, reached, visit, host => httpView(ending, host), arrive)
    case 'proxied':
      return toHosts(walk, ending, reached, visit, () => behindZtunnel, arrive)
    case 'reply':
      return arrive(
        answer(reached, ending),
        rejected(replyCode(ending.details) ?? 'waypoint-answered', replySeen(ending, walk.request), ending.details),
      )
    case 'outerReply':
      return arrive(
        connectRefused(reached, ending),
        rejected('waypoint-refused-tunnel', behindZtunnel.closed, ending.details),
      )
    case 'closed':
      return arrive(
        answer(reached, {
          ...ending,
          details: ending.details ?? ending.termination,
          dialled: ending.hosts.map(({ upstreamHost }) => upstreamHost),
        }),
        rejected('waypoint-closed', behindZtunnel.closed, ending.details ?? ending.termination),
      )
    case 'outerClosed':
      return arrive(
        answer(reached, { flags: [], details: ending.details ?? ending.why }),
        rejected('waypoint-tls', behindZtunnel.closed, ending.details ?? ending.why),
      )
    case 'stalled':
      return arrive(
        step('envoy', { kind: 'note', about: 'listener filters', text: 'wait for the first bytes of the client' }),
        rejected('waypoint-waits-for-client', { kind: 'stalled' }),
      )
  }
}

/** TLS that meets an HTTP chain is no HTTP: Envoy says so in clear text, which ends the handshake. */
const replySeen = (
  { status, body, headers, details, grpcStatus }: Extract<Ending, { kind: 'reply' }>,
  { scheme }: Request,
): ClientSees => {
  if (details === 'http1.codec_error' && (scheme === 'https' || scheme === 'tls')) return { kind: 'tls-error', status }
  return { kind: 'response', status, body, headers, ...(grpcStatus !== undefined && { grpcStatus }) }
}

const answer = (
  reached: Reached,
  {
    status,
    flags,
    details,
    dialled = [],
  }: { status?: number; flags: readonly string[]; details?: string | undefined; dialled?: readonly string[] },
): Step =>
  step('answer', {
    flags,
    ...(dialled.length > 0 && { dialled }),
    ...(status !== undefined && { status }),
    ...(details !== undefined && { details }),
    ...whereReached(reached),
  })

const connectRefused = (reached: Reached, ending: Extract<Ending, { kind: 'outerReply' }>): Step =>
  step('answer', {
    status: ending.status,
    flags: ending.inside?.flags ?? ending.flags,
    details: ending.inside?.details ?? ending.details,
    ...whereReached(reached),
  })

const whereReached = ({ filterChain, route, cluster }: Reached) => ({
  ...(filterChain !== undefined && { filterChain }),
  ...(route !== undefined && { route: route.name }),
  ...(cluster !== undefined && { cluster }),
})

const toHosts = (
  walk: Walk,
  ending: Extract<Ending, { kind: 'forwarded' | 'proxied' }>,
  reached: Reached,
  visit: Visit,
  viewOf: (host: HostChoice) => View,
  arrive: Arrive,
): Path =>
  forked(
    'load-balancing',
    ending.hosts.map(host => ({
      ...(host.probability !== undefined && { probability: host.probability }),
      chose: host.upstreamHost,
      ...arrive(upstreamStep(walk, ending, reached, host), toHost(forwarding(walk, ending), host, visit, viewOf(host))),
    })),
  )

/** What a proxy further on reads is the request as this one sends it. */
const forwarding = (walk: Walk, ending: Extract<Ending, { kind: 'forwarded' | 'proxied' }>): Walk => {
  if (ending.kind === 'proxied') return walk
  const { method, path, authority, headers, protocol } = ending.request
  const own = headers.filter(([name]) => name !== 'host' && !name.startsWith(':'))
  const clear = walk.request.scheme === 'grpc' ? 'grpc' : protocol === 'h2' ? 'h2c' : 'http'
  const request = { ...walk.request, scheme: clear, method, path, headers: [['host', authority], ...own] } as const
  return { ...walk, request: { ...request, complete: true } }
}

const upstreamStep = (
  { request }: Walk,
  ending: Extract<Ending, { kind: 'forwarded' | 'proxied' }>,
  reached: Reached,
  { upstreamHost }: HostChoice,
): Step =>
  step('upstream', {
    host: upstreamHost,
    ...(ending.kind === 'forwarded' && {
      method: ending.request.method,
      path: ending.request.path,
      authority: ending.request.authority,
      headers: ending.request.headers,
      changed: changedHeaders(request, ending.request.headers),
      policy: ending.policy,
    }),
    ...whereReached(reached),
  })

/** Every Envoy adds these by itself. */
const ownHeaders = /^(host|x-request-id|x-forwarded-.*|x-envoy-.*)$/

/** What routes and filters did to the client's headers. */
const changedHeaders = (
  request: Request,
  after: Headers,
): { readonly set: Headers; readonly removed: readonly string[] } => {
  const sent = new Set(headersOf(request).map(header => header.join(': ')))
  const kept = new Set(after.map(([name]) => name))
  return {
    set: after.filter(([name, value]) => !ownHeaders.test(name) && !sent.has(`${name}: ${value}`)),
    removed: [...new Set(headersOf(request).flatMap(([name]) => (kept.has(name) ? [] : [name])))],
  }
}

const toHost = (walk: Walk, { wire }: HostChoice, visit: Visit, view: View): Path => {
  const { pod, to } = visit
  const { onwards } = walk
  if (wire.kind === 'broken') return undetermined('waypoint-configuration', wire.why)
  const dial = parseSocket(wire.dial)
  if (dial === undefined) return undetermined('dns-answer', wire.dial)
  const left: Walk = { ...walk, source: { kind: 'pod', pod, ip: to.ip, oneOf: 1 } }
  if (wire.kind === 'direct') return onwards.plain(left, dial, { address: to.ip }, view)
  if (wire.kind === 'forward') return undetermined('gateway-dump', wire.dial)
  if (wire.inside !== undefined) return undetermined('remote-network', wire.dial)
  const identity = identityOf(walk.world, pod)
  const tunnel: Tunnel = {
    peer: { address: to.ip, ...(identity !== undefined && { identity }) },
    authority: wire.authority,
    via: takesAsWaypoint(walk.world, dial) ? 'waypoint' : 'direct',
    expects: [],
    pooled: isHttp(walk.request),
    view,
  }
  return onwards.tunnel(left, dial, tunnel)
}

/** Gateways send to waypoints what is meant for a Service that wants it. */
const takesAsWaypoint = (world: World, { ip }: SocketAddress): boolean => {
  const pod = world.podAt(ip)
  if (pod === undefined) return false
  const managed = pod.object?.labels['gateway.istio.io/managed']
  return managed === 'istio.io-mesh-controller' || world.waypointOf(pod)?.index.dump.subject.role === 'waypoint'
}

/** As ztunnels know the pod, else as its own node metadata says. */
const identityOf = (world: World, pod: Pod): string | undefined => {
  const { workload, namespace, serviceAccount } = pod
  if (workload !== undefined) return `spiffe://${workload.trustDomain}/ns/${namespace}/sa/${serviceAccount}`
  const proxy = world.waypointOf(pod)
  return proxy === undefined ? undefined : ownCertificate(proxy.index).uris[0]
}

/** How failures behind the router look to an HTTP client (Envoy answers for the upstream). */
const httpView = (ending: Extract<Ending, { kind: 'forwarded' }>, { wire }: HostChoice): View => {
  const on = (kind: Exclude<UpstreamEvent['kind'], 'response'>): ClientSees => {
    const { status, body, grpcStatus, flags, details } = answerOf(ending, () => ({ kind }))
    return { kind: 'response', status, body, log: { flags, details }, ...(grpcStatus !== undefined && { grpcStatus }) }
  }
  const tunnelled = wire.kind === 'hbone'
  return {
    closed: on('tunnelRefused'),
    refused: on(tunnelled ? 'tunnelUnreachable' : 'refused'),
    silent: on('closed'),
  }
}

const inOrderOf = <T>(values: readonly T[]): readonly [T, ...T[]] => {
  const [first, ...rest] = values
  if (first === undefined) throw new Error('an unknown thing has a name')
  return [first, ...rest]
}
