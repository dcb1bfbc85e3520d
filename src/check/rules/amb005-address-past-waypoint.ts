import type { Service, Workload } from '#model/ztunnel.ts'
import type { ZtunnelIndex } from '#ztunnel/ztunnel-index.ts'
import type { Found } from '../check.ts'
import { defineCheck } from '../check.ts'
import { citeRecord, recordRef } from '../cite.ts'
import { waypointName } from '../waypoint-use.ts'
import { ztunnelIndexes } from '../ztunnels.ts'

export default defineCheck({
  code: 'AMB005',
  title: 'A waypoint serves only one of the ways to its pods',
  severity: 'info',
  means:
    'Requests to the other kind of address go straight to the pods: policies and routes of the waypoint do not apply to them.',
  causes: [
    'istio.io/waypoint-for of the Gateway: service, the default, leaves out pod addresses (headless services, StatefulSets, scrapes); workload leaves out service addresses',
  ],
  fix: 'Set istio.io/waypoint-for: all on the Gateway, or restrict the pods with a policy that ztunnel enforces and that allows only the waypoint.',
  *find(world) {
    for (const index of ztunnelIndexes(world)) {
      const told = new Set<string>()
      for (const service of index.dump.services)
        for (const { workloadUid } of service.endpoints) {
          const workload = index.workloadsByUid.get(workloadUid)
          if (workload === undefined || (workload.protocol !== 'HBONE' && workload.waypoint === undefined)) continue
          const found = oneSided(index, service, workload)
          if (found === undefined || told.has(found.says)) continue
          told.add(found.says)
          yield found
        }
    }
  },
})

const oneSided = (index: ZtunnelIndex, service: Service, workload: Workload): Found | undefined => {
  const pods = `${workload.namespace}/${workload.workloadName || workload.name}`
  const name = `${service.namespace}/${service.name}`
  if (service.waypoint !== undefined && workload.waypoint === undefined)
    return {
      objects: [recordRef(service), recordRef(workload)],
      says: `service ${name} is reached through waypoint ${waypointName(index, service.waypoint)}, the addresses of its pods ${pods} are not`,
      evidence: [
        citeRecord(index.dump, service, '/waypoint', waypointName(index, service.waypoint)),
        citeRecord(index.dump, workload, '/waypoint', 'none'),
      ],
    }
  if (service.waypoint === undefined && workload.waypoint !== undefined)
    return {
      objects: [recordRef(service), recordRef(workload)],
      says: `the addresses of ${pods} are reached through waypoint ${waypointName(index, workload.waypoint)}, their service ${name} is not`,
      evidence: [
        citeRecord(index.dump, workload, '/waypoint', waypointName(index, workload.waypoint)),
        citeRecord(index.dump, service, '/waypoint', 'none'),
      ],
    }
  return undefined
}
