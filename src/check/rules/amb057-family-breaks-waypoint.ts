import type { EnvoyDump } from '#model/envoy.ts'
import { refOf } from '#model/kubernetes.ts'
import type { World } from '#trace/world.ts'
import { defineCheck } from '../check.ts'
import { citeRecord, recordRef } from '../cite.ts'
import { citeEnvoy, serves } from '../envoy-walk.ts'
import { waypointName, waypointWorkloads } from '../waypoint-use.ts'
import { ztunnelIndexes } from '../ztunnels.ts'

export default defineCheck({
  code: 'AMB057',
  title: 'A service of one address family takes down a waypoint of the other',
  severity: 'error',
  means:
    'istiod sends a match without any range, Envoy refuses the whole listener main_internal, and a waypoint that starts with it answers every request with 503. One that runs keeps its older configuration.',
  causes: ['a Service with only IPv6 addresses behind a waypoint whose pods have only IPv4, or the reverse'],
  fix: 'Make the Service dual-stack, give it its own waypoint of its family, or label it istio.io/use-waypoint=none.',
  *find(world) {
    for (const index of ztunnelIndexes(world))
      for (const service of index.dump.services) {
        const family = onlyFamily(service.vips.map(({ ip }) => ip))
        if (service.waypoint === undefined || family === undefined) continue
        const proxies = waypointWorkloads(index, service.waypoint)
        const theirs = onlyFamily(proxies.flatMap(({ workloadIps }) => workloadIps))
        if (theirs === undefined || theirs === family) continue
        const name = waypointName(index, service.waypoint)
        const dump = waypointDump(world, name)
        const refused = dump?.listeners.find(({ rejection }) => rejection !== undefined)
        const isService = world.mesh.kubernetes.get('Service', service.namespace, service.name)
        if (refused === undefined && (isService === undefined || dump?.listeners.some(isServing) === true)) continue
        yield {
          objects: [isService === undefined ? recordRef(service) : refOf(isService)],
          says: `${service.namespace}/${service.name} has only IPv${family} addresses, and the pods of its waypoint ${name} only IPv${theirs}`,
          evidence: [
            citeRecord(index.dump, service, '/vips', service.vips.map(({ ip }) => ip).join(', ')),
            ...proxies.map(proxy => citeRecord(index.dump, proxy, '/workloadIps', proxy.workloadIps.join(', '))),
            ...(refused?.rejection === undefined ? [] : [citeEnvoy(refused, '', refused.rejection.details)]),
          ],
          confidence: refused === undefined ? 'likely' : 'certain',
        }
      }
  },
})

const onlyFamily = (ips: readonly string[]): 4 | 6 | undefined => {
  const six = ips.filter(ip => ip.includes(':')).length
  return ips.length === 0 || (six > 0 && six < ips.length) ? undefined : six === 0 ? 4 : 6
}

const waypointDump = ({ mesh }: World, name: string): EnvoyDump | undefined =>
  mesh.waypoints.find(({ subject }) => `${subject.namespace}/${subject.gateway?.name}` === name)

/** The listener is there, so Envoy took the match. */
const isServing = (listener: EnvoyDump['listeners'][number]): boolean =>
  listener.name === 'main_internal' && serves(listener)
