import type { KubernetesObject } from '#model/kubernetes.ts'
import { asRecord, list } from '#model/kubernetes.ts'
import type { SocketAddress } from '#reason/address.ts'
import { isLoopback, socketText } from '#reason/address.ts'
import { decideListener } from '#waypoint/decide.ts'
import type { ListenerRequest } from '#waypoint/front.ts'
import { domainsOf, listenerAt } from '#waypoint/front.ts'
import { spiffePeer } from '#waypoint/request.ts'
import { podPlace } from './place.ts'
import { isIp } from './request.ts'
import type { Seen } from './step.ts'
import { step } from './step.ts'
import type { Assumption, Path } from './trace.ts'
import { after, forked, hop, undetermined } from './trace.ts'
import type { Walk } from './walk.ts'
import { assumptionsOf, branchOf, drawnBy, sameShape } from './waypoint.ts'
import { behindTls, innerTraffic } from './waypoint-request.ts'
import type { Visit } from './waypoint-upstream.ts'
import type { Pod, Waypoint, World } from './world.ts'

/** The Envoy of a gateway that listens on that port of its pod: east-west ones forward TLS by its server name there. */
export const gatewayAt = (world: World, pod: Pod, port: number): Waypoint | undefined => {
  const waypoint = world.waypointOf(pod)
  const role = waypoint?.index.dump.subject.role
  if (waypoint === undefined || (role !== 'gateway' && role !== 'east-west')) return undefined
  const listener = listenerAt(waypoint.index, { ip: pod.ips[0] ?? '0.0.0.0', port })
  return listener === undefined ? undefined : waypoint
}

/** A connection reaches a gateway's socket. */
export const atGateway = (walk: Walk, pod: Pod, gateway: Waypoint, to: SocketAddress, peer: Seen): Path =>
  throughFront(walk, gateway, peer, undefined, {
    pod,
    place: podPlace(pod, 'gateway'),
    stage: 'gateway',
    to,
    assumed: peer.address === undefined ? [clientAddress] : [],
  })

/** FROM is a gateway: somebody outside has sent the request to it. A path that forks at once begins with its socket. */
export const intoGateway = (walk: Walk, pod: Pod, gateway: Waypoint): Path => {
  const { sourceIp, port } = walk.request
  const peer = sourceIp === undefined ? {} : { address: sourceIp }
  const to = { ip: pod.ips[0] ?? '0.0.0.0', port }
  const path = atGateway(walk, pod, gateway, to, peer)
  if (path.hops.length > 0) return path
  const socket = step('listener', { address: socketText(to.ip, to.port), known: 'listening' })
  return after(hop('gateway', podPlace(pod, 'gateway'), [socket]), path)
}

/** Stands for a client of whom nothing is known (RFC 5737). */
const anyClient = '203.0.113.10'

const clientAddress: Assumption = { about: 'client-address', subject: anyClient }

/** The sidecar that the pod's own traffic is redirected to; `unknown` without a dump of it. */
export const sidecarOf = (world: World, pod: Pod, ip?: string): Waypoint | 'unknown' | undefined => {
  if (ip !== undefined && (isLoopback(ip) || pod.ips.includes(ip))) return undefined
  const waypoint = world.waypointOf(pod)
  if (waypoint?.index.dump.subject.role === 'sidecar') return waypoint
  return isInjected(pod) ? 'unknown' : undefined
}

const isInjected = ({ object }: Pod): boolean =>
  object?.annotations['sidecar.istio.io/status'] !== undefined &&
  proxiesOf(object).some(({ args }) => list(args).includes('sidecar'))

const proxiesOf = ({ spec }: KubernetesObject) =>
  [...list(spec.containers), ...list(spec.initContainers)].map(asRecord).filter(({ name }) => name === 'istio-proxy')

/** Whether one of its containers is an Envoy of Istio; nothing tells where its object was not collected. */
export const runsProxy = ({ object }: Pod): boolean => object === undefined || proxiesOf(object).length > 0

/** The pod's traffic goes through its own Envoy, by the address that the application dialled. */
export const throughSidecar = (walk: Walk, pod: Pod, sidecar: Waypoint | 'unknown', to: SocketAddress): Path => {
  const name = `${pod.namespace}/${pod.name}`
  if (sidecar === 'unknown') return undetermined('gateway-dump', name)
  const own = pod.ips[0] ?? ''
  const visit: Visit = {
    pod,
    place: podPlace(pod, 'sidecar'),
    stage: 'sidecar',
    to: { ip: own, port: to.port },
    assumed: [{ about: 'sidecar-redirection', subject: name }],
  }
  return throughFront(walk, sidecar, { address: own }, 'OUTBOUND', visit, to)
}

/**
 * An address by which a sidecar knows a name: its routes list both as domains of one virtual host. Any of them leads to
 * the same listener and route.
 */
export const addressInRoutes = (sidecar: Waypoint | 'unknown' | undefined, name: string): string | undefined => {
  if (sidecar === undefined || sidecar === 'unknown') return undefined
  return domainsOf(sidecar.index)
    .filter(domains => domains.includes(name))
    .flatMap(domains => domains.map(domain => domain.replace(/^\[(.*)\]$/, '$1')))
    .find(isIp)
}

/** A connection comes to a listener of a proxy that is no waypoint. */
export const throughFront = (
  walk: Walk,
  { index, exact }: Waypoint,
  peer: Seen,
  redirected: ListenerRequest['redirected'],
  visit: Visit,
  dialled: SocketAddress = visit.to,
): Path => {
  const ways = offered(walk).map(offer => {
    const { branches, envoy } = decideListener(
      index,
      {
        ...offer,
        sourceIp: peer.address ?? anyClient,
        destination: dialled,
        ...(redirected !== undefined && { redirected }),
      },
      walk.told,
    )
    const assumed = [...visit.assumed, ...assumptionsOf(visit.pod, { index, exact }, envoy)]
    return {
      chose: (offer.inside ?? offer.traffic).kind === 'silent' ? 'the server speaks first' : 'the client speaks first',
      ...forked(
        drawnBy(branches),
        branches.map(branch => branchOf(walk, branch, { ...visit, assumed })),
      ),
    }
  })
  const [first, second] = ways
  if (first === undefined) throw new Error('a client sends something or nothing')
  return second === undefined || sameShape(first, second) ? first : forked('first-speaker', ways)
}

/** What comes over the connection: the client's own bytes, or those of the proxy before in its TLS. */
const offered = ({ request, handshake }: Walk): readonly Pick<ListenerRequest, 'traffic' | 'inside' | 'peer'>[] => {
  if (handshake === undefined) {
    const inside = behindTls(request)
    return innerTraffic(request).map(traffic => ({ traffic, ...(inside !== undefined && { inside }) }))
  }
  const { identity, ...hello } = handshake
  const peer = identity === undefined ? {} : { peer: spiffePeer(identity) }
  return innerTraffic(request).map(inside => ({ traffic: { kind: 'tls', ...hello }, inside, ...peer }))
}
