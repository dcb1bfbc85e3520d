import { refOf } from '#model/kubernetes.ts'
import { defineCheck } from '../check.ts'
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
      if (bound?.reason !== 'AttachmentDenied') continue
      const use = waypointUses(world).find(one => one.user === user || one.user.name === user.namespace)
      const gateway =
        use === undefined ? undefined : world.mesh.kubernetes.get('Gateway', use.waypoint.namespace, use.waypoint.name)
      yield {
        objects: gateway === undefined ? [refOf(user)] : [refOf(gateway), refOf(user)],
        says: `${named(user)} may not use its waypoint: ${bound.message}`,
        evidence: [
          bound.evidence,
          ...(use === undefined ? [] : [use.evidence]),
          ...(gateway === undefined ? [] : [cite(gateway, '/spec/listeners/0/allowedRoutes')]),
        ],
      }
    }
  },
})
