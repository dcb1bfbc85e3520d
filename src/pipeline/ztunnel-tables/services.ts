import { eachService, eachWholeService, eachWorkload, type ZtunnelSource } from '#decode/ztunnel/source.ts'
import { EndpointWorkloads } from '#dump/ztunnel/endpoint-states.ts'
import {
  type IsHealthy,
  isWantedService,
  rowBesideWaypoint,
  type ServiceRow,
  sortedServices,
} from '#dump/ztunnel/services.ts'
import { WaypointNames } from '#dump/ztunnel/waypoint-names.ts'
import { objectOfService } from '#model/kubernetes-labels.ts'
import { whyNoWaypoint } from '#model/why-waypoint.ts'
import type { ServiceGlance } from '#model/ztunnel.ts'
import { type ServiceFacts, serviceColumns, wideServiceColumns } from '#render/dump/ztunnel/service-columns.ts'
import { anyList } from '#render/list/any-list.ts'
import { type Packed, PackedCells } from '#render/list/packed.ts'
import { behaviourOf } from '#ztunnel/behaviour.ts'
import { eachMerged, knows, seenBy, type TableRequest, textMember, wantedBy, type ZtunnelTable } from './table.ts'
import { everyWorkload, namesOfWaypoints, uidOf } from './workloads.ts'

export const services: ZtunnelTable = {
  kind: 'service',
  columns: serviceColumns,
  isWanted: ({ namespace, name }) => wantedBy({ namespace, name }),
  list: request => (request.detail === 'wide' ? wideList(request) : defaultList(request)),
  sharedKey: value => `${textMember(value, 'namespace')}/${textMember(value, 'hostname')}`,
}

/** Services are read once: only when all are known do the names of waypoints lead somewhere. */
const defaultList = async ({ sources, filter }: TableRequest) => {
  const [waypoints, healthy] = [new WaypointNames(), await healthyUids(sources)]
  const rows: { readonly row: Omit<ServiceRow, 'waypoint'>; readonly waypoint: ServiceGlance['waypoint'] }[] = []
  await eachMerged(sources, eachService, keyOf, service => {
    waypoints.add(service)
    const { waypoint } = service
    if (isWantedService(service, filter)) rows.push({ row: rowBesideWaypoint(service, healthy), waypoint })
  })
  const found = rows.map(({ row, waypoint }) => ({ ...row, waypoint: waypoints.find(waypoint) }))
  return anyList({ columns: serviceColumns, rows: sortedServices(found), name: nameOf })
}

const wideList = async (request: TableRequest) => {
  const { sources, filter } = request
  const [waypoints, workloads] = [await namesOfWaypoints(sources), await endpointWorkloads(sources)]
  const cells = new PackedCells(wideServiceColumns(await factsOf(request, workloads)))
  const rows: (ServiceRow & Packed)[] = []
  await eachMerged(sources, eachWholeService, keyOf, service => {
    if (!isWantedService(service, filter)) return
    const beside = rowBesideWaypoint(service, uid => workloads.isHealthy(uid))
    const row = { ...beside, waypoint: waypoints.find(service.waypoint) }
    rows.push({ ...row, at: cells.add({ ...row, service }) })
  })
  return anyList({ columns: [...serviceColumns, ...cells.packed()], rows: sortedServices(rows), name: nameOf })
}

const healthyUids = async (sources: readonly ZtunnelSource[]): Promise<IsHealthy> => {
  const healthy = new Set<string>()
  for (const source of sources)
    await eachWorkload(source, ({ uid, status }) => {
      if (status === 'Healthy') healthy.add(uid)
    })
  return uid => healthy.has(uid)
}

/** Of several dumps, the first says what its release does and which network it is on. */
const endpointWorkloads = async (sources: readonly ZtunnelSource[]): Promise<EndpointWorkloads> => {
  const [first] = sources
  if (first === undefined) throw new Error('no dump')
  const workloads = new EndpointWorkloads(behaviourOf(first.facts.version), first.facts.config.network)
  await eachMerged(sources, everyWorkload, uidOf, workload => workloads.add(workload))
  return workloads
}

const keyOf = ({ namespace, hostname }: ServiceGlance): string => `${namespace}/${hostname}`
const nameOf = ({ namespace, name }: ServiceRow): string => `service/${namespace}/${name}`

const factsOf = async ({ sources, kubernetes }: TableRequest, workloads: EndpointWorkloads): Promise<ServiceFacts> => ({
  knows: knows(sources),
  endpoints: service => workloads.rows(service),
  whyNoWaypoint: service =>
    whyNoWaypoint(kubernetes, objectOfService(kubernetes, service), service.namespace, 'service'),
  seenBy: await seenBy(sources, eachService, keyOf),
})
