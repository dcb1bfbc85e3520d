import type { KubernetesObject } from '#model/kubernetes.ts'
import { refOf } from '#model/kubernetes.ts'
import { whyNoWaypoint } from '#reason/why-waypoint.ts'
import type { World } from '#trace/world.ts'
import { defineCheck } from '../check.ts'
import type { Condition } from '../cite.ts'
import { cite, conditionOf, named } from '../cite.ts'
import { waypointUses } from '../waypoint-use.ts'

export default defineCheck({
  code: 'AMB018',
  title: 'A waypoint of another namespace refuses to be used',
  severity: 'error',
  means:
    'The binding is dropped without an error for clients: traffic goes straight to the pods, past the policies and routes of the waypoint.',
  causes: ['allowedRoutes of the Gateway listener admits only its own namespace, which is the default'],
  fix: 'Allow the namespace in spec.listeners[].allowedRoutes.namespaces of the waypoint Gateway.',
  *find(world) {
    for (const user of ['Service', 'ServiceEntry'].flatMap(kind => world.mesh.kubernetes.of(kind))) {
      const bound = conditionOf(user, 'istio.io/WaypointBound')
      const refusal = bound === undefined ? notAllowed(world, user) : denied(user, bound)
      if (refusal === undefined) continue
      const use = waypointUses(world).find(one => one.user === user || one.user.name === user.namespace)
      const gateway =
        use === undefined ? undefined : world.mesh.kubernetes.get('Gateway', use.waypoint.namespace, use.waypoint.name)
      const [first, ...others] = [
        ...(bound === undefined ? [] : [bound.evidence]),
        ...(use === undefined ? [] : [use.evidence]),
        ...(gateway === undefined ? [] : [cite(gateway, '/spec/listeners/0/allowedRoutes')]),
      ]
      if (first === undefined) continue
      yield {
        objects: gateway === undefined ? [refOf(user)] : [refOf(gateway), refOf(user)],
        says: refusal,
        evidence: [first, ...others],
        confidence: bound === undefined ? 'likely' : 'certain',
      }
    }
  },
})

const denied = (user: KubernetesObject, { reason, message }: Condition): string | undefined =>
  reason === 'AttachmentDenied' ? `${named(user)} may not use its waypoint: ${message}` : undefined

/** Without a status: what the Gateway allows, unless a ztunnel has a waypoint for the service all the same. */
const notAllowed = ({ mesh }: World, user: KubernetesObject): string | undefined => {
  const why = whyNoWaypoint(mesh.kubernetes, user, user.namespace, 'service')
  const isAttached = mesh.ztunnels.some(({ services }) =>
    services.some(one => one.namespace === user.namespace && one.name === user.name && one.waypoint !== undefined),
  )
  return why.code === 'not-attached' && !isAttached
    ? `${named(user)} may not use its waypoint ${why.gateway.namespace}/${why.gateway.name}, which allows namespaces: ${why.from}`
    : undefined
}
