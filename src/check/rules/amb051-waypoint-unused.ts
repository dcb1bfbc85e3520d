import { refOf } from '#model/kubernetes.ts'
import type { World } from '#trace/world.ts'
import { behaviourOf } from '#ztunnel/behaviour.ts'
import { defineCheck } from '../check.ts'
import { cite, named } from '../cite.ts'
import { useWaypoint, waypointGateways, waypointUses } from '../waypoint-use.ts'

export default defineCheck({
  code: 'AMB051',
  title: 'A waypoint that nobody uses',
  severity: 'warning',
  means: 'Nothing is wrong for users: the waypoint sees no request, and policies that target it have no effect.',
  causes: ['the label istio.io/use-waypoint was forgotten or removed', 'the waypoint is left over'],
  fix: 'Label the namespace, service or pod with istio.io/use-waypoint, or delete the Gateway.',
  *find(world) {
    if (!world.mesh.kubernetes.knows('Service') || !world.mesh.kubernetes.knows('Namespace')) return
    const used = new Set(waypointUses(world).map(({ waypoint }) => `${waypoint.namespace}/${waypoint.name}`))
    for (const gateway of waypointGateways(world)) {
      const key = `${gateway.namespace}/${gateway.name}`
      if (used.has(key) || isReferred(world, gateway) || serves(world, gateway)) continue
      yield {
        objects: [refOf(gateway)],
        says: `no namespace, service, pod or ServiceEntry of the input has ${useWaypoint}=${gateway.name} for ${named(gateway)}`,
        evidence: [cite(gateway, '/metadata/name', gateway.name)],
        confidence: world.mesh.kubernetes.knows('ServiceEntry') ? 'certain' : 'likely',
      }
    }
  },
})

/** Up to 1.21 a waypoint is for its namespace or service account, without any label: its own clusters tell what it serves. */
const serves = ({ mesh }: World, { namespace, name }: { namespace: string; name: string }): boolean =>
  mesh.ztunnels.some(({ version }) => !behaviourOf(version).waypointsAreSplit) ||
  mesh.waypoints
    .filter(({ subject }) => subject.namespace === namespace && subject.gateway?.name === name)
    .some(({ clusters }) => clusters.some(cluster => cluster.name.startsWith('inbound-vip|')))

/** A ztunnel that still sends traffic there knows a user that was not collected. */
const isReferred = ({ mesh }: World, { namespace, name }: { namespace: string; name: string }): boolean =>
  mesh.ztunnels.some(({ services, workloads }) => {
    const own = services.find(service => service.namespace === namespace && service.name === name)
    return [...services, ...workloads].some(({ waypoint }) => {
      const to = waypoint?.destination
      if (to === undefined || own === undefined) return false
      return to.kind === 'hostname'
        ? to.namespace === namespace && to.hostname === own.hostname
        : own.vips.some(({ ip }) => ip === to.ip)
    })
  })
