import type { Service, ZtunnelDump } from '#model/ztunnel.ts'
import type { World } from '#trace/world.ts'
import { defineCheck } from '../check.ts'
import { citeRecord, recordRef } from '../cite.ts'

export default defineCheck({
  code: 'AMB027',
  title: 'A service has a waypoint in one cluster and not in another',
  severity: 'warning',
  means:
    'Which rules a request meets depends on the cluster of its client: from one side it goes through the waypoint, from the other past it, and between clusters the tunnel may fail.',
  causes: ['istio.io/use-waypoint, or the Gateway, was set in one cluster only'],
  fix: 'Label the service and create its waypoint alike in all clusters.',
  *find(world) {
    for (const [one, other] of pairsOfClusters(world)) {
      const services = new Map(other.services.map(service => [keyOf(service), service]))
      for (const service of one.services) {
        const same = services.get(keyOf(service))
        if (same === undefined || (service.waypoint === undefined) === (same.waypoint === undefined)) continue
        const [having, lacking] = service.waypoint === undefined ? [other, one] : [one, other]
        const [bound, free] = service.waypoint === undefined ? [same, service] : [service, same]
        yield {
          objects: [recordRef(service)],
          says: `service ${keyOf(service)} has a waypoint in cluster ${having.config.clusterId} and none in ${lacking.config.clusterId}`,
          evidence: [citeRecord(having, bound, '/waypoint'), citeRecord(lacking, free, '/waypoint', 'none')],
        }
      }
    }
  },
})

const keyOf = ({ namespace, hostname }: Service): string => `${namespace}/${hostname}`

/** One ztunnel of each cluster: those of one cluster are sent the same. */
const pairsOfClusters = ({ mesh }: World): readonly (readonly [ZtunnelDump, ZtunnelDump])[] => {
  const clusters = new Map(mesh.ztunnels.map(dump => [dump.config.clusterId, dump]))
  const [first, ...others] = [...clusters.values()].toSorted((a, b) =>
    a.config.clusterId < b.config.clusterId ? -1 : 1,
  )
  return first === undefined ? [] : others.map(other => [first, other])
}
