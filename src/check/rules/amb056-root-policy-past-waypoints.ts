import { refOf } from '#model/kubernetes.ts'
import { defineCheck } from '../check.ts'
import { cite, citeRecord, named } from '../cite.ts'
import { waypointGateways } from '../waypoint-use.ts'

export default defineCheck({
  code: 'AMB056',
  title: 'A policy of the root namespace that waypoints do not read',
  severity: 'info',
  means:
    'Only ztunnel enforces it, and behind a waypoint the client is the waypoint: what it refuses by client passes the waypoint, and what it refuses there ends as 503 and not as 403.',
  causes: ['a policy without targetRefs in the root namespace, written to hold for the whole mesh'],
  fix: 'Add a policy in the root namespace with targetRefs to GatewayClass istio-waypoint for what waypoints should refuse.',
  *find(world) {
    const [waypoint] = waypointGateways(world)
    if (waypoint === undefined) return
    for (const dump of world.mesh.ztunnels)
      for (const policy of dump.policies) {
        const object = world.mesh.kubernetes.get('AuthorizationPolicy', policy.namespace, policy.name)
        if (policy.scope !== 'Global' || object === undefined) continue
        if (object.spec.targetRefs !== undefined || object.spec.targetRef !== undefined) continue
        yield {
          objects: [refOf(object)],
          says: `${named(object)} holds for every workload, and ${waypointGateways(world).length} waypoints do not read it`,
          evidence: [
            citeRecord(dump, policy, '/scope', 'Global'),
            cite(object, '/spec', 'no targetRefs'),
            cite(waypoint, '/spec/gatewayClassName', String(waypoint.spec.gatewayClassName)),
          ],
        }
      }
  },
})
