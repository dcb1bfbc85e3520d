import type { KubernetesObject } from '#model/kubernetes.ts'
import type { Service, ZtunnelDump } from '#model/ztunnel.ts'
import type { World } from '#trace/world.ts'
import { cite } from './cite.ts'
import type { Cited } from './finding.ts'

export const useWaypoint = 'istio.io/use-waypoint'
const inNamespace = 'istio.io/use-waypoint-namespace'

/** Kinds that carry `istio.io/use-waypoint` (specs/istioctl.md §2.1). */
const users = ['Service', 'ServiceEntry', 'Pod', 'WorkloadEntry', 'Namespace']

/** An object that asks for a waypoint by its own label. */
export interface WaypointUse {
  readonly user: KubernetesObject
  readonly waypoint: { readonly namespace: string; readonly name: string }
  readonly evidence: Cited
}

export const waypointUses = (world: World): readonly WaypointUse[] =>
  users
    .flatMap(kind => world.mesh.kubernetes.of(kind))
    .flatMap(user => {
      const name = user.labels[useWaypoint]
      if (name === undefined || name === 'none') return []
      const home = user.kind === 'Namespace' ? user.name : user.namespace
      return [
        {
          user,
          waypoint: { namespace: user.labels[inNamespace] ?? home, name },
          evidence: cite(user, `/metadata/labels/${useWaypoint.replace('/', '~1')}`, name),
        },
      ]
    })

const waypointClasses = ['istio-waypoint', 'istio-east-west', 'istio-agentgateway-waypoint']

/** Gateways that are waypoints by their class. */
export const waypointGateways = (world: World): readonly KubernetesObject[] =>
  world.mesh.kubernetes.of('Gateway').filter(gateway => String(gateway.spec.gatewayClassName) === waypointClasses[0])

/** The service in front of a Gateway's pods, as a ztunnel knows it: the generated one has the Gateway's own name. */
export const waypointService = (
  world: World,
  { namespace, name }: { namespace: string; name: string },
): { readonly dump: ZtunnelDump; readonly service: Service } | undefined => {
  for (const dump of world.mesh.ztunnels) {
    const service = dump.services.find(candidate => candidate.namespace === namespace && candidate.name === name)
    if (service !== undefined) return { dump, service }
  }
  return undefined
}
