import { eachService, eachWorkload, type ZtunnelSource } from '#decode/ztunnel/source.ts'
import { endpointRows } from '#dump/ztunnel/endpoint-states.ts'
import {
  type HealthyUids,
  isWantedService,
  type ServiceRow,
  serviceRow,
  sortedServices,
  type WideServiceRow,
} from '#dump/ztunnel/services.ts'
import { objectOfService } from '#model/kubernetes-labels.ts'
import { whyNoWaypoint } from '#model/why-waypoint.ts'
import type { ServiceGlance, Workload } from '#model/ztunnel.ts'
import { type ServiceFacts, serviceColumns, wideServiceColumns } from '#render/dump/ztunnel/service-columns.ts'
import { anyList } from '#render/list/any-list.ts'
import {
  decoded,
  eachMerged,
  knows,
  seenBy,
  type TableRequest,
  textMember,
  wantedBy,
  type ZtunnelTable,
} from './table.ts'
import { everyWorkload, namesOfWaypoints, uidOf } from './workloads.ts'

export const services: ZtunnelTable = {
  kind: 'service',
  columns: serviceColumns,
  isWanted: ({ namespace, name }) => wantedBy({ namespace, name }),
  list: request => (request.detail === 'wide' ? wideList(request) : defaultList(request)),
  sharedKey: value => `${textMember(value, 'namespace')}/${textMember(value, 'hostname')}`,
}

const defaultList = async ({ sources, filter }: TableRequest) => {
  const [waypoints, healthy] = [await namesOfWaypoints(sources), await healthyUids(sources)]
  const rows: ServiceRow[] = []
  await eachMerged(sources, eachService, keyOf, service => {
    if (isWantedService(service, filter)) rows.push(serviceRow(service, waypoints, healthy))
  })
  return anyList({ columns: serviceColumns, rows: sortedServices(rows), name: nameOf })
}

const wideList = async (request: TableRequest) => {
  const { sources, filter } = request
  const [waypoints, healthy] = [await namesOfWaypoints(sources), await healthyUids(sources)]
  const rows: WideServiceRow[] = []
  await eachMerged(sources, everyService, keyOf, service => {
    if (isWantedService(service, filter)) rows.push({ ...serviceRow(service, waypoints, healthy), service })
  })
  return anyList({ columns: wideServiceColumns(await factsOf(request)), rows: sortedServices(rows), name: nameOf })
}

const healthyUids = async (sources: readonly ZtunnelSource[]): Promise<HealthyUids> => {
  const healthy = new Set<string>()
  for (const source of sources)
    await eachWorkload(source, ({ uid, status }) => {
      if (status === 'Healthy') healthy.add(uid)
    })
  return healthy
}

const everyService = decoded(dump => dump.services)
const keyOf = ({ namespace, hostname }: ServiceGlance): string => `${namespace}/${hostname}`
const nameOf = ({ namespace, name }: ServiceRow): string => `service/${namespace}/${name}`

const factsOf = async ({ sources, kubernetes }: TableRequest): Promise<ServiceFacts> => {
  const workloads = new Map<string, Workload>()
  const members = new Map<string, Workload[]>()
  await eachMerged(sources, everyWorkload, uidOf, workload => {
    workloads.set(workload.uid, workload)
    for (const key of workload.services ?? []) {
      const found = members.get(key)
      if (found === undefined) members.set(key, [workload])
      else found.push(workload)
    }
  })
  return {
    knows: knows(sources),
    endpoints: service => endpointRows(service, workloads, members.get(keyOf(service)) ?? []),
    whyNoWaypoint: service =>
      whyNoWaypoint(kubernetes, objectOfService(kubernetes, service), service.namespace, 'service'),
    seenBy: await seenBy(sources, everyService, keyOf),
  }
}
