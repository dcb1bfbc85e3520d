import { defineCheck } from '../check.ts'
import { cite, citeRecord, podRef } from '../cite.ts'
import { hasSidecar, isGatewayPod } from '../pods.ts'
import { waypointName } from '../waypoint-use.ts'
import { ztunnelIndexes } from '../ztunnels.ts'

export default defineCheck({
  code: 'AMB007',
  title: 'Clients with sidecars go past the waypoints of services',
  severity: 'warning',
  means: 'A sidecar sends to the pods of a service directly: policies and routes of the waypoint do not apply to it.',
  causes: ['sidecars do not know the waypoints of services; a migration is half done'],
  fix: 'Move the clients to ambient, or keep the policy enforced at the pods until they are.',
  *find(world) {
    const sidecars = world.pods.filter(
      pod => pod.object !== undefined && pod.ips.length > 0 && hasSidecar(pod.object) && !isGatewayPod(pod),
    )
    const [first] = sidecars
    const [index] = ztunnelIndexes(world)
    const behind = index?.dump.services.filter(({ waypoint }) => waypoint !== undefined) ?? []
    const [service] = behind
    if (first?.object === undefined || index === undefined || service?.waypoint === undefined) return
    yield {
      objects: [podRef(first), ...sidecars.slice(1, 20).map(podRef)],
      says: `${sidecars.length} pods with sidecars reach ${behind.length} services past their waypoints, such as ${service.namespace}/${service.name}`,
      evidence: [
        cite(first.object, '/spec/containers', 'istio-proxy'),
        citeRecord(index.dump, service, '/waypoint', waypointName(index, service.waypoint)),
      ],
      confidence: 'possible',
    }
  },
})
