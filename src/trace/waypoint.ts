import type { EnvoyRole } from '#model/envoy.ts'
import type { SocketAddress } from '#reason/address.ts'
import { decideWaypoint } from '#waypoint/decide.ts'
import type { WaypointBranch } from '#waypoint/outcome.ts'
import type { InnerTraffic } from '#waypoint/request.ts'
import { spiffePeer } from '#waypoint/request.ts'
import { podPlace } from './place.ts'
import type { Assumption, Branch, ForkReason, Path, Stage } from './trace.ts'
import { forked, undetermined } from './trace.ts'
import type { Tunnel, Walk } from './walk.ts'
import { isElsewhere } from './walk.ts'
import { afterWaypoint } from './waypoint-ending.ts'
import { innerTraffic } from './waypoint-request.ts'
import type { Visit } from './waypoint-upstream.ts'
import type { Pod, Waypoint } from './world.ts'

/** The request enters a waypoint's Envoy: one branch for each way that its configuration leaves open. */
export const throughWaypoint = (
  walk: Walk,
  pod: Pod,
  to: SocketAddress,
  tunnel: Tunnel,
  known: readonly Assumption[] = [],
): Path => {
  const waypoint = walk.world.waypointOf(pod)
  if (waypoint === undefined || (isElsewhere(walk) && !waypoint.exact)) return withoutDump(walk, pod)
  const role = roles[waypoint.index.dump.subject.role]
  const speakers = streamOf(walk).map(inner => {
    const { branches, envoy } = decideWaypoint(
      waypoint.index,
      {
        sourceIp: tunnel.peer.address ?? '',
        ...(tunnel.peer.identity !== undefined && { peer: spiffePeer(tunnel.peer.identity) }),
        traffic: { kind: 'connect', authority: tunnel.authority, headers: tunnel.headers ?? [], inner },
      },
      walk.told,
    )
    const assumed = [...known, ...assumptionsOf(pod, waypoint, envoy)]
    const visit: Visit = { pod, place: podPlace(pod, role), stage: role, to, assumed, view: tunnel.view }
    return {
      chose: inner.kind === 'silent' ? 'the server speaks first' : 'the client speaks first',
      ...forked(
        drawnBy(branches),
        branches.map(branch => branchOf(walk, branch, visit)),
      ),
    }
  })
  const [first, second] = speakers
  if (first === undefined) throw new Error('a client sends something or nothing')
  return second === undefined || sameShape(first, second) ? first : forked('first-speaker', speakers)
}

const roles = {
  waypoint: 'waypoint',
  unknown: 'waypoint',
  'east-west': 'gateway',
  gateway: 'gateway',
  sidecar: 'sidecar',
} as const satisfies Record<EnvoyRole, Stage>

/** Of two tunnels the inner is TLS, without a server name (specs/ztunnel.md §4.8). */
const streamOf = ({ request, inside }: Walk): readonly InnerTraffic[] =>
  inside === undefined ? innerTraffic(request) : [{ kind: 'tls', alpn: ['h2'] }]

/** Weighted clusters, else a percentage of a filter. */
export const drawnBy = (branches: readonly WaypointBranch[]): ForkReason => {
  const clusters = new Set(branches.map(({ reached }) => reached.cluster))
  return clusters.size > 1 && !clusters.has(undefined) ? 'weights' : 'percentage'
}

/** A dump would not help where the class of the Gateway says that its proxy is no Envoy. */
const withoutDump = ({ world }: Walk, pod: Pod): Path => {
  const name = `${pod.namespace}/${pod.name}`
  const gateway = pod.object?.labels['gateway.networking.k8s.io/gateway-name'] ?? pod.workload?.canonicalName ?? ''
  const kind = world.mesh.kubernetes.get('Gateway', pod.namespace, gateway)?.spec.gatewayClassName
  return typeof kind === 'string' && kind.includes('agentgateway')
    ? undetermined('foreign-waypoint', name, kind)
    : undetermined('waypoint-dump', name)
}

export const branchOf = (walk: Walk, branch: WaypointBranch, visit: Visit): Branch => ({
  ...(branch.probability !== undefined && { probability: branch.probability }),
  chose: branch.assumptions.map(({ what, assumed }) => `${what} ${assumed}`).join(', ') || choiceOf(branch),
  ...afterWaypoint(walk, branch, visit),
})

const choiceOf = ({ ending, reached }: WaypointBranch): string => {
  if (ending.kind === 'reply') return `${ending.status} ${ending.details}`
  const flags = ending.kind === 'forwarded' && ending.flags.length > 0 ? ` with ${ending.flags.join()}` : ''
  return `${reached.cluster ?? ending.kind}${flags}`
}

export const assumptionsOf = (
  { namespace, name }: Pod,
  { exact }: Waypoint,
  envoy: { readonly version: string; readonly assumed: boolean },
): readonly Assumption[] => [
  ...(envoy.assumed ? [{ about: 'envoy-version', subject: envoy.version } as const] : []),
  ...(exact ? [] : [{ about: 'peer-waypoint-state', subject: `${namespace}/${name}` } as const]),
]

export const sameShape = (one: Path, other: Path): boolean => JSON.stringify(one.end) === JSON.stringify(other.end)
