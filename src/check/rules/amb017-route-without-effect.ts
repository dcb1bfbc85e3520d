import type { KubernetesObject } from '#model/kubernetes.ts'
import { asRecord, list, refOf, text } from '#model/kubernetes.ts'
import type { World } from '#trace/world.ts'
import type { Found } from '../check.ts'
import { defineCheck } from '../check.ts'
import { cite, citeRecord, conditionsOf, named } from '../cite.ts'
import { waypointOf } from '../waypoint-use.ts'

const routeKinds = ['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute']

export default defineCheck({
  code: 'AMB017',
  title: 'A route has no effect',
  severity: 'warning',
  means:
    'The waypoint keeps its default route: requests go to the service as if the route did not exist, whatever its status says.',
  causes: [
    'parentRefs names a port that the service does not have, such as the port of the pod',
    'the route is in another namespace than the service: waypoints do not serve routes of consumers',
    'the service has no waypoint, or does not exist',
    'an HTTPRoute and a VirtualService speak for one host: the HTTPRoute wins',
  ],
  fix: 'Put the route into the namespace of its service, name a port of the service or none, and keep one kind of route for a host.',
  *find(world) {
    for (const route of routeKinds.flatMap(kind => world.mesh.kubernetes.of(kind)))
      for (const [index, parent] of list(route.spec.parentRefs).map(asRecord).entries()) {
        const found = parent.kind === 'Service' ? ineffective(world, route, parent, index) : refusedRoute(route, parent)
        if (found !== undefined) yield found
      }
    for (const service of world.mesh.kubernetes.of('VirtualService')) yield* shadowed(world, service)
  },
})

const ineffective = (
  world: World,
  route: KubernetesObject,
  parent: Readonly<Record<string, unknown>>,
  index: number,
): Found | undefined => {
  const namespace = text(parent.namespace) ?? route.namespace
  const name = text(parent.name) ?? ''
  const pointer = `/spec/parentRefs/${index}`
  const target = `Service ${namespace}/${name}`
  const found = (says: string, evidence: Found['evidence'], extra: Partial<Found> = {}): Found => ({
    objects: [refOf(route), { kind: 'Service', namespace, name }],
    says: `${named(route)} ${says}`,
    evidence,
    ...extra,
  })
  const service = world.mesh.kubernetes.get('Service', namespace, name)
  if (service === undefined)
    return world.mesh.kubernetes.knows('Service') && world.mesh.kubernetes.knows('Namespace')
      ? found(`names ${target}, which does not exist`, [cite(route, pointer, target)], { confidence: 'likely' })
      : undefined
  if (namespace !== route.namespace)
    return found(`is in another namespace than ${target}: its waypoint does not serve it`, [
      cite(route, pointer, target),
    ])
  const ports = list(service.spec.ports).map(port => asRecord(port).port)
  if (parent.port !== undefined && !ports.includes(parent.port))
    return found(`names port ${parent.port} of ${target}, which has ${ports.join(', ')}`, [
      cite(route, `${pointer}/port`, String(parent.port)),
      cite(service, '/spec/ports', ports.join(', ')),
    ])
  for (const dump of world.mesh.ztunnels) {
    const record = dump.services.find(one => one.namespace === namespace && one.name === name)
    if (record !== undefined && record.waypoint === undefined)
      return found(`is for ${target}, which has no waypoint`, [
        cite(route, pointer, target),
        citeRecord(dump, record, '/waypoint', 'none'),
      ])
  }
  return refusedRoute(route, parent)
}

/** What the status says of one parent; `ResolvedWaypoints` is True also where its message says that nothing reads the route. */
const refusedRoute = (route: KubernetesObject, { name }: Readonly<Record<string, unknown>>): Found | undefined => {
  const refusal = ['Accepted', 'ResolvedRefs', 'ResolvedWaypoints']
    .flatMap(type => conditionsOf(route, type))
    .find(
      ({ status, message, about }) =>
        (about === undefined || about === name) && (status === 'False' || unread.test(message)),
    )
  if (refusal === undefined) return undefined
  return {
    objects: [refOf(route)],
    says: `${named(route)} is not programmed: ${refusal.reason}, ${refusal.message}`,
    evidence: [refusal.evidence],
  }
}

const unread = /will not be respected|parent not found/i

/** With both for one service the HTTPRoute wins, and a VirtualService of another namespace is not read; neither says so. */
function* shadowed(world: World, virtual: KubernetesObject): Generator<Found> {
  if (!isForMesh(virtual)) return
  for (const [index, host] of list(virtual.spec.hosts).entries()) {
    const service = serviceOf(world, virtual, text(host) ?? '')
    if (service === undefined || waypointOf(world, service) === undefined) continue
    const route = routeKinds
      .flatMap(kind => world.mesh.kubernetes.of(kind))
      .find(
        candidate =>
          candidate.namespace === service.namespace &&
          list(candidate.spec.parentRefs)
            .map(asRecord)
            .some(({ kind, name }) => kind === 'Service' && name === service.name),
      )
    const isForeign = virtual.namespace !== service.namespace
    if (route === undefined && !isForeign) continue
    yield {
      objects: [refOf(virtual), ...(route === undefined ? [] : [refOf(route)])],
      says:
        route === undefined
          ? `${named(virtual)} is in another namespace than ${named(service)}: its waypoint does not read it`
          : `${named(virtual)} and ${named(route)} are both for ${named(service)}: only the latter counts`,
      evidence: [
        cite(virtual, `/spec/hosts/${index}`, text(host)),
        ...(route === undefined ? [] : [cite(route, '/spec/parentRefs', service.name)]),
      ],
    }
  }
}

/** Waypoints read what is for the gateway `mesh`, which is meant where none is named. */
const isForMesh = ({ spec }: KubernetesObject): boolean => {
  const gateways = list(spec.gateways)
  return gateways.length === 0 || gateways.includes('mesh')
}

const serviceOf = ({ mesh }: World, { namespace }: KubernetesObject, host: string): KubernetesObject | undefined => {
  const [name = '', space = namespace, svc = 'svc'] = host.split('.')
  return svc === 'svc' ? mesh.kubernetes.get('Service', space, name) : undefined
}
