import type { EnvoyDump } from '#model/envoy.ts'
import { list, refOf } from '#model/kubernetes.ts'
import type { World } from '#trace/world.ts'
import type { Found } from '../check.ts'
import { defineCheck } from '../check.ts'
import { citeRecord, named, recordRef } from '../cite.ts'
import { citeEnvoy, gatewayOf, serves } from '../envoy-walk.ts'
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
    yield* refusedRanges(world)
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

/** Without a ztunnel's view: Envoy's own words, and the services that have no address of the proxy's family. */
function* refusedRanges({ mesh }: World): Generator<Found> {
  if (mesh.ztunnels.length > 0) return
  for (const dump of mesh.waypoints)
    for (const listener of dump.listeners) {
      const { ip } = dump.subject
      const details = listener.rejection?.details ?? ''
      if (ip === undefined || !/IPRangeMatcher\S*Ranges: value must contain at least 1 item/.test(details)) continue
      const theirs = onlyFamily([ip])
      const foreign = mesh.kubernetes.of('Service').filter(service => {
        const family = onlyFamily(list(service.spec.clusterIPs ?? [service.spec.clusterIP]).map(String))
        return family !== undefined && family !== theirs
      })
      const gateway = gatewayOf(dump)
      const [first, ...others] = [...foreign.map(refOf), gateway]
      if (first === undefined) continue
      yield {
        objects: [first, ...others],
        says: `waypoint ${gateway.namespace}/${gateway.name} refused ${listener.name}, in which a service has no address of IPv${theirs}${foreign.length === 0 ? '' : `: ${foreign.map(named).join(', ')}`}`,
        evidence: [citeEnvoy(listener, '/details', 'IPRangeMatcher without ranges')],
      }
    }
}

const onlyFamily = (ips: readonly string[]): 4 | 6 | undefined => {
  const six = ips.filter(ip => ip.includes(':')).length
  return ips.length === 0 || (six > 0 && six < ips.length) ? undefined : six === 0 ? 4 : 6
}

const waypointDump = ({ mesh }: World, name: string): EnvoyDump | undefined =>
  mesh.waypoints.find(({ subject }) => `${subject.namespace}/${subject.gateway?.name}` === name)

/** The listener is there, so Envoy took the match. */
const isServing = (listener: EnvoyDump['listeners'][number]): boolean =>
  listener.name === 'main_internal' && serves(listener)
