import type { ObjectRef } from '#model/evidence.ts'
import type { KubernetesObject } from '#model/kubernetes.ts'
import { asRecord, list, refOf, text } from '#model/kubernetes.ts'
import type { World } from '#trace/world.ts'
import { defineCheck } from '../check.ts'
import { cite, conditionOf, named } from '../cite.ts'
import { gatewayName } from '../pods.ts'
import { waypointClasses, waypointOf } from '../waypoint-use.ts'

const label = 'istio.io/ingress-use-waypoint'

export default defineCheck({
  code: 'AMB006',
  title: 'An ingress gateway goes past the waypoint of a service',
  severity: 'warning',
  means: 'Requests from the gateway reach the pods directly: policies and routes of the waypoint do not apply to them.',
  causes: [`gateways use the waypoint of a service only where it, or its namespace, is labelled ${label}=true`],
  fix: `Label the service or its namespace ${label}=true, or enforce the policy at the gateway.`,
  *find(world) {
    for (const { service, route, pointer, gateways } of servedByGateways(world)) {
      if (isLabelled(world, service)) continue
      const served = waypointOf(world, service)
      if (served === undefined) continue
      const bound = conditionOf(service, 'istio.io/WaypointBound')
      yield {
        objects: [refOf(service), refOf(route)],
        clients: gateways.flatMap(gateway => [refOf(gateway), ...podsOf(world, gateway)]),
        says: `${named(route)} sends requests of a gateway to ${named(service)}, past its waypoint`,
        evidence: [
          cite(route, pointer, service.name),
          served.evidence,
          ...(bound === undefined ? [] : [bound.evidence]),
        ],
        confidence: served.by === 'ztunnel' ? 'certain' : 'likely',
      }
    }
  },
})

const isLabelled = (world: World, service: KubernetesObject): boolean =>
  [service, world.mesh.kubernetes.get('Namespace', '', service.namespace)].some(
    object => object?.labels[label] === 'true',
  )

interface Served {
  readonly service: KubernetesObject
  readonly route: KubernetesObject
  readonly pointer: string
  readonly gateways: readonly KubernetesObject[]
}

const servedByGateways = (world: World): readonly Served[] =>
  ['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute']
    .flatMap(kind => world.mesh.kubernetes.of(kind))
    .map(route => ({
      route,
      gateways: list(route.spec.parentRefs).flatMap(parent => ingressOf(world, route, asRecord(parent)) ?? []),
    }))
    .filter(({ gateways }) => gateways.length > 0)
    .flatMap(({ route, gateways }) =>
      list(route.spec.rules).flatMap((rule, number) =>
        list(asRecord(rule).backendRefs).flatMap((backend, place) => {
          const { kind, name, namespace } = asRecord(backend)
          const service = world.mesh.kubernetes.get('Service', text(namespace) ?? route.namespace, text(name) ?? '')
          if ((kind ?? 'Service') !== 'Service' || service === undefined) return []
          return [{ service, route, gateways, pointer: `/spec/rules/${number}/backendRefs/${place}` }]
        }),
      ),
    )

const ingressOf = (
  world: World,
  route: KubernetesObject,
  parent: Readonly<Record<string, unknown>>,
): KubernetesObject | undefined => {
  if ((parent.kind ?? 'Gateway') !== 'Gateway') return undefined
  const gateway = world.mesh.kubernetes.get(
    'Gateway',
    text(parent.namespace) ?? route.namespace,
    text(parent.name) ?? '',
  )
  return waypointClasses.includes(String(gateway?.spec.gatewayClassName)) ? undefined : gateway
}

const podsOf = (world: World, { namespace, name }: KubernetesObject): readonly ObjectRef[] =>
  world.pods
    .filter(pod => pod.namespace === namespace && pod.object?.labels[gatewayName] === name)
    .map(pod => ({ kind: 'Pod', namespace, name: pod.name }))
