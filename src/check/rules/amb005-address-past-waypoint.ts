import type { NonEmpty, ObjectRef } from '#model/evidence.ts'
import type { Service, Workload } from '#model/ztunnel.ts'
import type { ZtunnelIndex } from '#ztunnel/ztunnel-index.ts'
import type { Found } from '../check.ts'
import { defineCheck } from '../check.ts'
import { citeRecord, recordRef } from '../cite.ts'
import { mostObjects, someOf, together } from '../together.ts'
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
    for (const index of ztunnelIndexes(world))
      for (const group of together(oneSidedIn(index), ({ waypoint, way }) => `${way} ${waypoint}`))
        yield foundFor(index, group)
  },
})

interface OneSided {
  /** The kind of address that leads through the waypoint. */
  readonly way: 'service' | 'pod'
  readonly waypoint: string
  readonly service: Service
  readonly workload: Workload
}

function* oneSidedIn(index: ZtunnelIndex): Generator<OneSided> {
  for (const service of index.dump.services) {
    const told = new Set<string>()
    for (const { workloadUid } of service.endpoints) {
      const workload = index.workloadsByUid.get(workloadUid)
      if (workload === undefined || (workload.protocol !== 'HBONE' && workload.waypoint === undefined)) continue
      if ((service.waypoint === undefined) === (workload.waypoint === undefined) || told.has(podsOf(workload))) continue
      told.add(podsOf(workload))
      const reference = service.waypoint ?? workload.waypoint
      if (reference === undefined) continue
      const way = service.waypoint === undefined ? 'pod' : 'service'
      yield { way, waypoint: waypointName(index, reference), service, workload }
    }
  }
}

const podsOf = ({ namespace, workloadName, name }: Workload): string => `${namespace}/${workloadName || name}`

const foundFor = ({ dump }: ZtunnelIndex, group: NonEmpty<OneSided>): Found => {
  const [{ way, waypoint, service, workload }] = group
  const services = someOf(group.map(one => `${one.service.namespace}/${one.service.name}`))
  const pods = someOf(group.map(one => podsOf(one.workload)))
  const many = services.includes(',') || services.includes(' and ')
  const refs = [...group.map(one => recordRef(one.service)), recordRef(workload)]
  const [first, ...others] = [...new Map(refs.map(ref => [objectKey(ref), ref])).values()].slice(0, mostObjects)
  return {
    objects: [first ?? recordRef(service), ...others],
    says:
      way === 'service'
        ? `${many ? `services ${services} are` : `service ${services} is`} reached through waypoint ${waypoint}, the addresses of ${many ? 'their' : 'its'} pods ${pods} are not`
        : `the addresses of ${pods} are reached through waypoint ${waypoint}, their ${many ? `services ${services} are` : `service ${services} is`} not`,
    evidence: [
      citeRecord(dump, service, '/waypoint', way === 'service' ? waypoint : 'none'),
      citeRecord(dump, workload, '/waypoint', way === 'service' ? 'none' : waypoint),
    ],
  }
}

const objectKey = ({ kind, namespace, name }: ObjectRef): string => `${kind} ${namespace}/${name}`
