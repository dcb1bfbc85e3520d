import { asObject } from '#decode/json/at.ts'
import { textAt } from '#decode/json/member.ts'
import { eachRecord, eachService, eachWorkload, type ZtunnelSource } from '#decode/ztunnel/source.ts'
import { attachedPolicies } from '#dump/ztunnel/attached-policies.ts'
import { WaypointNames } from '#dump/ztunnel/waypoint-names.ts'
import { whyTcp } from '#dump/ztunnel/why-tcp.ts'
import {
  isWanted,
  sortedWorkloads,
  type WideWorkloadRow,
  type WorkloadKey,
  type WorkloadRow,
  workloadRow,
} from '#dump/ztunnel/workloads.ts'
import { objectOf } from '#model/kubernetes-labels.ts'
import type { Workload } from '#model/ztunnel.ts'
import { type WorkloadFacts, wideWorkloadColumns, workloadColumns } from '#render/dump/ztunnel/workload-columns.ts'
import { type AnyList, anyList } from '#render/list/any-list.ts'
import type { Column } from '#render/list/column.ts'
import { type Packed, PackedCells, SharedTexts } from '#render/list/packed.ts'
import {
  eachMerged,
  holds,
  keyedBy,
  knows,
  policyIndexes,
  type Read,
  seenBy,
  type TableRequest,
  wantedBy,
  waypointReason,
  type ZtunnelTable,
} from './table.ts'

export const workloads: ZtunnelTable = {
  kind: 'workload',
  columns: workloadColumns,
  isWanted: ({ namespace, name, node, address }) => {
    const others = wantedBy({ namespace, name, node })
    if (address === undefined) return others
    return element => (others?.(element) ?? true) && JSON.stringify(element.value).includes(JSON.stringify(address))
  },
  list: request => (request.detail === 'wide' ? wideList(request) : defaultList(request)),
  sharedKey: value => textAt(value, 'uid') ?? keyedBy('namespace', 'name')(value),
}

const defaultList = async ({ sources, filter }: TableRequest) => {
  const waypoints = await namesOfWaypoints(sources)
  const rows = new WorkloadRows<WorkloadRow>(workloadColumns)
  await eachMerged(sources, eachWorkload, uidOf, workload => {
    if (isWanted(workload, filter)) rows.add(workloadRow(workload, waypoints))
  })
  return rows.list()
}

const wideList = async (request: TableRequest) => {
  const waypoints = await namesOfWaypoints(request.sources)
  const rows = new WorkloadRows<WideWorkloadRow>([...workloadColumns, ...wideWorkloadColumns(await factsOf(request))])
  const indexes = await policyIndexes(request.sources)
  await eachMerged(request.sources, everyWorkload, uidOf, (workload, source) => {
    if (!isWanted(workload, request.filter)) return
    const policies = attachedPolicies(indexes.of(source), workload)
    rows.add({ ...workloadRow(workload, waypoints), workload, policies })
  })
  return rows.list()
}

/** Rows whose cells are written when they are read. */
class WorkloadRows<Row extends WorkloadKey> {
  private readonly cells: PackedCells<Row>
  private readonly shared = new SharedTexts()
  private readonly rows: (WorkloadKey & Packed)[] = []

  constructor(columns: readonly Column<Row>[]) {
    this.cells = new PackedCells(columns)
  }

  add(row: Row): void {
    const [namespace, node] = [this.shared.of(row.namespace), this.shared.of(row.node)]
    this.rows.push({ namespace, name: row.name, node, at: this.cells.add(row) })
  }

  list(): AnyList {
    return anyList({ columns: this.cells.packed(), rows: sortedWorkloads(this.rows), name: nameOf })
  }
}

export const everyWorkload: Read<Workload> = (source, visit) => eachRecord(source, 'workload', visit)
export const uidOf = ({ uid }: { readonly uid: string }): string => uid
const nameOf = ({ namespace, name }: WorkloadKey): string => `workload/${namespace}/${name}`

export const namesOfWaypoints = async (sources: readonly ZtunnelSource[]): Promise<WaypointNames> => {
  const names = new WaypointNames()
  for (const source of sources) await eachService(source, service => names.add(service))
  return names
}

const factsOf = async ({ sources, kubernetes }: TableRequest): Promise<WorkloadFacts> => {
  const states = new Map<string, string>()
  for (const source of sources)
    await eachRecord(source, 'pod', ({ info, state }) => {
      if (info !== undefined) states.set(`${info.namespace}/${info.name}`, state)
    })
  return {
    knows: knows(sources),
    knowsServices: await namesServices(sources),
    waypoints: { holdsServices: holds(sources, 'services'), knowsPort: knows(sources)('hbonePort') },
    holdsPolicies: holds(sources, 'policies'),
    stateOf: ({ namespace, name }) => states.get(`${namespace}/${name}`),
    whyNoWaypoint: workload =>
      waypointReason(kubernetes, objectOf(kubernetes, workload), workload.namespace, 'workload'),
    whyTcp: workload => whyTcp(kubernetes, workload),
    seenBy: await seenBy(sources, eachWorkload, uidOf),
  }
}

/** Whether workloads name their services in each dump: then one that names none has none. */
const namesServices = async (sources: readonly ZtunnelSource[]): Promise<boolean> => {
  for (const source of sources) if (!(await hasNamedService(source))) return false
  return true
}

const hasNamedService = async (source: ZtunnelSource): Promise<boolean> => {
  for await (const { elements } of source.batches('workload'))
    for (const { value } of elements) if (asObject(value)?.services !== undefined) return true
  return false
}
