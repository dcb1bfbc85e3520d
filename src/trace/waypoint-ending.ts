import type { Ending, HostChoice, Reached, WaypointBranch } from '#waypoint/outcome.ts'
import { withOrigin } from './origins.ts'
import type { RejectionCode } from './rejection.ts'
import { replyCode } from './rejection.ts'
import type { Request } from './request.ts'
import type { EnvoyStep, Headers, Step } from './step.ts'
import { inOrder, step } from './step.ts'
import type { Aside, ClientSees, Path, Place } from './trace.ts'
import { after, ends, forked, hop } from './trace.ts'
import type { View, Walk } from './walk.ts'
import { behindZtunnel } from './walk.ts'
import { headersOf } from './waypoint-request.ts'
import type { Forwarded, Visit } from './waypoint-upstream.ts'
import { forwarding, httpView, mirrored, supposing, toHost } from './waypoint-upstream.ts'

type Sent = Forwarded | Extract<Ending, { kind: 'proxied' }>

/** What Envoy told of itself, then what comes after it: an answer, a close, or the way to the endpoint. */
export const afterWaypoint = (walk: Walk, branch: WaypointBranch, visit: Visit): Path => {
  const { place, stage } = visit
  const { world } = walk
  const origins = {
    world,
    dump: world.waypointOf(visit.pod)?.index.dump,
    filterChain: branch.reached.route === undefined ? branch.reached.filterChain : undefined,
  }
  const told = branch.steps.map(({ evidence, ...detail }) =>
    step(
      'envoy',
      withOrigin(origins, detail as EnvoyStep, evidence),
      evidence,
      'reason' in detail && detail.reason !== undefined ? [detail.reason] : [],
    ),
  )
  const arrive: Arrive = (last, rest, aside) =>
    after(hop(stage, place, inOrder([...told, last]), visit.assumed, aside), rest)
  return supposing(branch.assumptions, place, follow(walk, branch, visit, place, arrive))
}

type Arrive = (last: Step, rest: Path, aside?: readonly Aside[]) => Path

const follow = (walk: Walk, branch: WaypointBranch, visit: Visit, place: Place, arrive: Arrive): Path => {
  const { ending, reached } = branch
  const { view = behindZtunnel } = visit
  const rejected = (code: RejectionCode, clientSees: ClientSees, error?: string): Path =>
    ends({ kind: 'rejected', by: place, code, clientSees, ...(error !== undefined && { error }) })
  switch (ending.kind) {
    case 'forwarded':
      return toHosts(walk, ending, reached, visit, host => httpView(ending, host), arrive)
    case 'proxied':
      return toHosts(walk, ending, reached, visit, () => view, arrive)
    case 'reply':
      return arrive(
        answer(reached, ending),
        rejected(replyCode(ending.details) ?? 'waypoint-answered', replySeen(ending, walk.request), ending.details),
      )
    case 'outerReply':
      return arrive(connectRefused(reached, ending), rejected('waypoint-refused-tunnel', view.closed, ending.details))
    case 'closed':
      return arrive(
        answer(reached, {
          ...ending,
          details: ending.details ?? ending.termination,
          dialled: ending.hosts.map(({ upstreamHost }) => upstreamHost),
        }),
        rejected('waypoint-closed', view.closed, ending.details ?? ending.termination),
      )
    case 'outerClosed':
      return arrive(
        answer(reached, { flags: [], details: ending.details ?? ending.why }),
        rejected('waypoint-tls', view.closed, ending.details ?? ending.why),
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
  ending: Sent,
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
      ...arrive(
        upstreamStep(walk, ending, reached, host),
        toHost(ending.kind === 'proxied' ? walk : forwarding(walk, ending.request), host, visit, viewOf(host)),
        ending.kind === 'proxied' ? [] : ending.mirrors.map(mirror => mirrored(walk, ending, mirror, visit)),
      ),
    })),
  )

const upstreamStep = ({ request }: Walk, ending: Sent, reached: Reached, { upstreamHost, wire }: HostChoice): Step =>
  step('upstream', {
    host: upstreamHost,
    ...(wire.kind === 'hbone' && {
      tunnel: {
        protocol: wire.inside === undefined ? 'HBONE' : 'DOUBLEHBONE',
        nextHop: wire.dial,
        authority: wire.authority,
      },
    }),
    ...(ending.kind === 'forwarded' && {
      method: ending.request.method,
      path: ending.request.path,
      authority: ending.request.authority,
      headers: ending.request.headers,
      ...(ending.request.unknownHeaders.length > 0 && { unknownHeaders: ending.request.unknownHeaders }),
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
