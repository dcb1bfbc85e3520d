import type { KubernetesObject } from '#model/kubernetes.ts'
import type { GatewayAddress, Service, Workload, ZtunnelDump } from '#model/ztunnel.ts'
import { whyNoWaypoint } from '#reason/why-waypoint.ts'
import type { World } from '#trace/world.ts'
import type { ZtunnelIndex } from '#ztunnel/ztunnel-index.ts'
import { addressKey, serviceKey } from '#ztunnel/ztunnel-index.ts'
import { cite, citeMetadata, citeRecord, conditionOf } from './cite.ts'
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

export const waypointClasses = ['istio-waypoint', 'istio-east-west', 'istio-agentgateway-waypoint']

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

/** A waypoint that the input would show if it existed: no Gateway, and no ztunnel knows a service of its name. */
export const isMissing = (world: World, { waypoint, user }: WaypointUse): boolean => {
  const { kubernetes } = world.mesh
  if (kubernetes.get('Gateway', waypoint.namespace, waypoint.name) !== undefined) return false
  if (waypointService(world, waypoint) !== undefined) return false
  const bound = conditionOf(user, 'istio.io/WaypointBound')
  if (bound?.status === 'False') return bound.reason !== 'AttachmentDenied'
  if (!kubernetes.knows('Gateway')) return false
  return !kubernetes.knows('Namespace') || kubernetes.get('Namespace', '', waypoint.namespace) !== undefined
}

/** Has the service a waypoint? A ztunnel tells; where none of them knows the service, the labels and the Gateway do. */
export interface Served {
  readonly by: 'ztunnel' | 'labels'
  readonly evidence: Cited
}

export const waypointOf = ({ mesh }: World, object: KubernetesObject): Served | undefined => {
  for (const dump of mesh.ztunnels) {
    const record = dump.services.find(({ namespace, name }) => namespace === object.namespace && name === object.name)
    if (record?.waypoint !== undefined) return { by: 'ztunnel', evidence: citeRecord(dump, record, '/waypoint') }
    if (record !== undefined) return undefined
  }
  const why = whyNoWaypoint(mesh.kubernetes, object, object.namespace, 'service')
  if (why.code !== 'not-arrived') return undefined
  const by = mesh.kubernetes.get(why.label.kind, why.label.namespace ?? '', why.label.name)
  return { by: 'labels', evidence: citeMetadata(by ?? object, 'labels', useWaypoint) }
}

/** The proxies behind a waypoint reference of a ztunnel: the endpoints of its service, or who owns the address. */
export const waypointWorkloads = (index: ZtunnelIndex, reference: GatewayAddress): readonly Workload[] => {
  const { destination } = reference
  const service = waypointRecord(index, reference)
  if (service !== undefined)
    return service.endpoints.flatMap(({ workloadUid }) => index.workloadsByUid.get(workloadUid) ?? [])
  return destination.kind === 'address'
    ? (index.workloadsByAddress.get(addressKey(destination.network, destination.ip)) ?? [])
    : (index.workloadsByHostname.get(serviceKey(destination)) ?? [])
}

/** The service of the proxies behind a waypoint reference of a ztunnel. */
export const waypointRecord = (index: ZtunnelIndex, { destination }: GatewayAddress): Service | undefined =>
  destination.kind === 'hostname'
    ? index.servicesByKey.get(serviceKey(destination))
    : index.servicesByVip.get(addressKey(destination.network, destination.ip))?.[0]

/** `namespace/name` of the service that a waypoint reference names, else its text. */
export const waypointName = (index: ZtunnelIndex, reference: GatewayAddress): string => {
  const { destination } = reference
  const service = waypointRecord(index, reference)
  if (service !== undefined) return `${service.namespace}/${service.name}`
  return destination.kind === 'hostname' ? `${destination.namespace}/${destination.hostname}` : destination.ip
}
