import { eachService, eachWholeService, eachWorkload, type ZtunnelSource } from '#decode/ztunnel/source.ts'
import { KeyNumbers } from '#dump/key-numbers.ts'
import { EndpointWorkloads } from '#dump/ztunnel/endpoint-states.ts'
import {
  type IsHealthy,
  isWantedService,
  type ServiceKey,
  type ServiceRow,
  serviceRow,
  sortedServices,
  type WideServiceRow,
} from '#dump/ztunnel/services.ts'
import { WaypointNames } from '#dump/ztunnel/waypoint-names.ts'
import { objectOfService } from '#model/kubernetes-labels.ts'
import type { ServiceGlance } from '#model/ztunnel.ts'
import {
  columnsBeforeWaypoint,
  endpointsColumn,
  type ServiceFacts,
  serviceColumns,
  waypointColumn,
  wideServiceColumns,
} from '#render/dump/ztunnel/service-columns.ts'
import { type AnyList, anyList } from '#render/list/any-list.ts'
import type { Column } from '#render/list/column.ts'
import { type Packed, PackedCells, SharedTexts } from '#render/list/packed.ts'
import { behaviourOf } from '#ztunnel/behaviour.ts'
import {
  eachMerged,
  holds,
  keyedBy,
  knows,
  seenBy,
  type TableRequest,
  wantedBy,
  waypointReason,
  type ZtunnelTable,
} from './table.ts'
import { everyWorkload, namesOfWaypoints, uidOf } from './workloads.ts'

export const services: ZtunnelTable = {
  kind: 'service',
  columns: serviceColumns(new WaypointNames()),
  isWanted: ({ namespace, name }) => wantedBy({ namespace, name }),
  list: request => (request.detail === 'wide' ? wideList(request) : defaultList(request)),
  sharedKey: keyedBy('namespace', 'hostname'),
}

/** Services are read once: only when all are known do the names of waypoints lead somewhere. */
const defaultList = async ({ sources, filter }: TableRequest) => {
  const [waypoints, healthy] = [new WaypointNames(), await healthyUids(sources)]
  const rows = new ServiceRows<ServiceRow>([...columnsBeforeWaypoint, endpointsColumn])
  await eachMerged(sources, eachService, keyOf, service => {
    waypoints.add(service)
    if (isWantedService(service, filter)) rows.add(serviceRow(service, healthy))
  })
  const before = columnsBeforeWaypoint.length
  return rows.list(packed => [...packed.slice(0, before), waypointColumn(waypoints), ...packed.slice(before)])
}

const wideList = async (request: TableRequest) => {
  const { sources, filter } = request
  const [waypoints, workloads] = [await namesOfWaypoints(sources), await endpointWorkloads(sources)]
  const facts = await factsOf(request, workloads, waypoints)
  const rows = new ServiceRows<WideServiceRow>([...serviceColumns(waypoints), ...wideServiceColumns(facts)])
  await eachMerged(sources, eachWholeService, keyOf, service => {
    const row = serviceRow(service, uid => workloads.isHealthy(uid))
    if (isWantedService(service, filter)) rows.add({ ...row, service })
  })
  return rows.list(packed => packed)
}

type PackedService = ServiceKey & Pick<ServiceRow, 'waypoint'> & Packed

/** Rows whose cells are written when they are read. */
class ServiceRows<Row extends ServiceRow> {
  private readonly cells: PackedCells<Row>
  private readonly shared = new SharedTexts()
  private readonly rows: PackedService[] = []

  constructor(columns: readonly Column<Row>[]) {
    this.cells = new PackedCells(columns)
  }

  add(row: Row): void {
    const { name, hostname, waypoint } = row
    this.rows.push({ namespace: this.shared.of(row.namespace), name, hostname, waypoint, at: this.cells.add(row) })
  }

  list(columns: (packed: readonly Column<Packed>[]) => readonly Column<PackedService>[]): AnyList {
    return anyList({ columns: columns(this.cells.packed()), rows: sortedServices(this.rows), name: nameOf })
  }
}

const healthyUids = async (sources: readonly ZtunnelSource[]): Promise<IsHealthy> => {
  const healthy = new KeyNumbers()
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
const nameOf = ({ namespace, name }: ServiceKey): string => `service/${namespace}/${name}`

const factsOf = async (
  { sources, kubernetes }: TableRequest,
  workloads: EndpointWorkloads,
  waypoints: WaypointNames,
): Promise<ServiceFacts> => ({
  knows: knows(sources),
  holdsWorkloads: holds(sources, 'workloads'),
  waypoints,
  endpoints: service => workloads.rows(service),
  whyNoWaypoint: service =>
    waypointReason(kubernetes, objectOfService(kubernetes, service), service.namespace, 'service'),
  seenBy: await seenBy(sources, eachService, keyOf),
})
