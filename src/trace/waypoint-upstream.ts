import type { SocketAddress } from '#reason/address.ts'
import { isLoopback, parseSocket } from '#reason/address.ts'
import type { Ending, HostChoice, Mirror, TunnelHop, UpstreamRequest, WaypointBranch } from '#waypoint/outcome.ts'
import { ownCertificate } from '#waypoint/outer.ts'
import type { UpstreamEvent } from '#waypoint/upstream/answer.ts'
import { clientSees as answerOf } from '#waypoint/upstream/answer.ts'
import { networkOf, podsIn } from './networks.ts'
import { isHttp } from './request.ts'
import type { Aside, Assumption, ClientSees, Missing, Path, Place, Stage } from './trace.ts'
import { ends, forked, undetermined } from './trace.ts'
import type { Tunnel, View, Walk } from './walk.ts'
import type { Pod, World } from './world.ts'

/** A proxy that takes the request, and where it does. */
export interface Visit {
  readonly pod: Pod
  readonly place: Place
  readonly stage: Stage
  readonly to: SocketAddress
  readonly assumed: readonly Assumption[]
  /** How failures of it and behind it look to the client, where it is not the first to accept. */
  readonly view?: View
}

export type Forwarded = Extract<Ending, { kind: 'forwarded' }>

/** A path that holds only if what the engine could not know is as it assumed. */
export const supposing = (assumptions: WaypointBranch['assumptions'], place: Place, path: Path): Path => {
  if (assumptions.length === 0) return path
  const distinct = new Map(assumptions.map(each => [`${each.kind} ${each.what}`, each]))
  const missing = [...distinct.values()].map(
    ({ kind, what }): Missing => ({ ...unknownKinds[kind](place), subject: what }),
  )
  return ends({ kind: 'undetermined', missing: inOrderOf(missing), provided: path })
}

const unknownKinds: Record<
  WaypointBranch['assumptions'][number]['kind'],
  (place: Place) => Pick<Missing, 'what' | 'detail'>
> = {
  filter: ({ kind, name }) => ({ what: 'filter', detail: `${kind} ${name}` }),
  matcher: ({ kind, name }) => ({ what: 'filter', detail: `${kind} ${name}` }),
  missing: () => ({ what: 'waypoint-configuration' }),
  'dns-answer': () => ({ what: 'dns-answer', detail: 'of-proxy' }),
}

const inOrderOf = <T>(values: readonly T[]): readonly [T, ...T[]] => {
  const [first, ...rest] = values
  if (first === undefined) throw new Error('an unknown thing has a name')
  return [first, ...rest]
}

/** What a proxy further on reads is the request as this one sends it. */
export const forwarding = (walk: Walk, { method, path, authority, headers, protocol }: UpstreamRequest): Walk => {
  const own = headers.filter(([name]) => name !== 'host')
  const clear = walk.request.scheme === 'grpc' ? 'grpc' : protocol === 'h2' ? 'h2c' : 'http'
  const request = { ...walk.request, scheme: clear, method, path, headers: [['host', authority], ...own] } as const
  return { ...walk, request: { ...request, complete: true } }
}

/** The way of a copy, to each host that may be drawn for it. */
export const mirrored = (
  walk: Walk,
  ending: Forwarded,
  { policy, request, hosts, missing, assumptions }: Mirror,
  visit: Visit,
): Aside => {
  const sent = forwarding(walk, request)
  const path =
    missing === undefined
      ? forked(
          'load-balancing',
          hosts.map(host => ({
            ...(host.probability !== undefined && { probability: host.probability }),
            chose: host.upstreamHost,
            ...toHost(sent, host, visit, httpView(ending, host)),
          })),
        )
      : ends({
          kind: 'rejected',
          by: visit.place,
          code: missing === 'cluster' ? 'waypoint-no-cluster' : 'waypoint-no-healthy-upstream',
          clientSees: { kind: 'response' },
        })
  return { cluster: policy.cluster, percent: policy.percent, ...supposing(assumptions, visit.place, path) }
}

/** From a proxy to one of its hosts. */
export const toHost = (walk: Walk, { wire }: HostChoice, visit: Visit, view: View): Path => {
  const { pod, to } = visit
  const { onwards } = walk
  if (wire.kind === 'broken') return undetermined('waypoint-configuration', wire.why)
  const dial = parseSocket(wire.dial)
  if (dial === undefined) return undetermined('dns-answer', wire.dial)
  const { handshake: _, inside, ...rest } = walk
  const left: Walk = { ...rest, source: { kind: 'pod', pod, ip: to.ip, oneOf: 1 } }
  if (inside !== undefined)
    return innerTunnel(left, { ...inside, peer: { ...inside.peer, address: to.ip } }, wire, visit)
  if (wire.kind === 'direct') {
    const peer = { address: wire.from ?? to.ip }
    if (pod.ips.includes(dial.ip) || isLoopback(dial.ip)) return onwards.own(left, pod, dial, peer, view)
    return onwards.plain({ ...left, ...handshakeOf(walk, wire, pod) }, dial, peer, view)
  }
  if (wire.kind === 'forward') return noHbone(visit, `no HBONE comes to ${wire.dial}`, view)
  const identity = identityOf(walk.world, pod)
  const tunnel: Tunnel = {
    peer: { address: to.ip, ...(identity !== undefined && { identity }) },
    authority: wire.authority,
    headers: wire.headers,
    via: takesAsWaypoint(walk.world, walk.world.podAt(dial.ip)) ? 'waypoint' : 'direct',
    expects: [],
    pooled: isHttp(walk.request),
    view,
  }
  if (wire.inside?.kind !== 'hbone') return onwards.tunnel(left, dial, tunnel)
  const { authority, headers } = wire.inside
  return onwards.doubleTunnel(left, dial, {
    outer: { ...tunnel, via: 'gateway' },
    inner: { ...tunnel, authority, headers },
  })
}

/** One side expects HBONE and the other does not speak it: the handshake breaks off. */
const noHbone = ({ place }: Visit, error: string, view: View): Path =>
  ends({ kind: 'rejected', by: place, code: 'tunnel-refused', error, clientSees: view.closed })

/** The gateway of another network forwards the bytes of the inner tunnel to a waypoint or to the pod itself. */
const innerTunnel = (walk: Walk, inner: Tunnel, wire: Exclude<TunnelHop, { kind: 'broken' }>, visit: Visit): Path => {
  const { world, onwards } = walk
  const { pod, place } = visit
  if (wire.kind === 'hbone') return undetermined('decision', `a tunnel in two others, to ${wire.dial}`)
  if (wire.kind === 'direct') return noHbone(visit, `${wire.dial} takes no HBONE`, inner.view)
  const dial = parseSocket(wire.dial)
  const gateway = world.waypointOf(pod)?.index.dump.subject
  const network = gateway === undefined ? undefined : networkOf(gateway)
  const there: Walk = { ...walk, ...(network !== undefined && { network }) }
  const [taker] = dial === undefined ? [] : podsIn(there, dial.ip)
  if (dial === undefined || taker === undefined)
    return undetermined('remote-network', wire.dial, `behind ${place.name}`)
  if (takesAsWaypoint(world, taker)) return onwards.tunnel(there, dial, { ...inner, via: 'waypoint' })
  return onwards.tunnel(there, dial, { ...inner, via: 'direct' })
}

/** Istio's own ALPN, which its Envoys put before that of the cluster once they know the version of HTTP. */
const versionAlpn = ({ request }: Walk): readonly string[] =>
  isHttp(request) ? [request.scheme === 'http' ? 'istio-http/1.1' : 'istio-h2'] : []

const handshakeOf = (
  walk: Walk,
  { handshake }: Extract<HostChoice['wire'], { kind: 'direct' }>,
  pod: Pod,
): Pick<Walk, 'handshake'> => {
  if (handshake === undefined) return {}
  const { serverName, alpn, certificate } = handshake
  const identity = certificate ? identityOf(walk.world, pod) : undefined
  return {
    handshake: {
      ...(serverName !== undefined && { serverName }),
      alpn: alpn.includes('istio') ? [...versionAlpn(walk), ...alpn] : alpn,
      ...(identity !== undefined && { identity }),
    },
  }
}

/** Gateways send to waypoints what is meant for a Service that wants it. */
const takesAsWaypoint = (world: World, pod: Pod | undefined): boolean => {
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
export const httpView = (ending: Forwarded, { wire }: HostChoice): View => {
  const on = (event: UpstreamEvent): ClientSees => {
    const { status, body, grpcStatus, flags, details, unsure } = answerOf(ending, () => event)
    return {
      kind: 'response',
      status,
      body,
      log: { flags, details },
      ...(grpcStatus !== undefined && { grpcStatus }),
      ...(unsure !== undefined && { unsure }),
    }
  }
  const tunnelled = wire.kind === 'hbone'
  return {
    closed: on({ kind: 'tunnelRefused' }),
    refused: on({ kind: tunnelled ? 'tunnelUnreachable' : 'refused' }),
    silent: on({ kind: 'unanswered', tunnel: tunnelled, afterMs: 'connectMs' in wire ? wire.connectMs : 0 }),
  }
}
