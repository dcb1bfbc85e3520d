import type { Workload, WorkloadGlance } from '#model/ztunnel.ts'
import { sortLikeIstioctl } from '../sort-like-istioctl.ts'
import type { Attached } from './attached-policies.ts'
import type { WaypointCell, WaypointNames } from './waypoint-names.ts'

/** The cells of istioctl's columns. */
export interface WorkloadRow {
  readonly namespace: string
  readonly name: string
  /** IP addresses with commas between, else the hostname. */
  readonly address: string
  readonly node: string
  readonly waypoint: WaypointCell
  readonly protocol: WorkloadGlance['protocol']
}

/** What orders and names a row: half a million of them fit in memory, their other cells would not. */
export type WorkloadKey = Pick<WorkloadRow, 'namespace' | 'name' | 'node'>

/** While it is read: what the cells of the wide columns are made from. */
export interface WideWorkloadRow extends WorkloadRow {
  readonly workload: Workload
  readonly policies: Attached
}

/** Each wish must be met; letters compare without case, as in istioctl. */
export interface WorkloadFilter {
  readonly namespace?: string | undefined
  readonly name?: string | undefined
  readonly node?: string | undefined
  readonly address?: string | undefined
}

export const isWanted = (workload: WorkloadGlance, { namespace, name, node, address }: WorkloadFilter): boolean =>
  isSame(workload.namespace, namespace) &&
  isSame(workload.name, name) &&
  isSame(workload.node, node) &&
  (address === undefined || workload.workloadIps.some(ip => isSame(ip, address)))

export const isSame = (text: string, wanted: string | undefined): boolean =>
  wanted === undefined || text === wanted || text.toLowerCase() === wanted.toLowerCase()

export const workloadRow = (workload: WorkloadGlance, waypoints: WaypointNames): WorkloadRow => {
  const { namespace, name, workloadIps, hostname, node, protocol } = workload
  const [first, ...others] = workloadIps
  const address = first === undefined ? hostname : others.length === 0 ? first : workloadIps.join(',')
  return { namespace, name, address, node, waypoint: waypoints.find(workload.waypoint), protocol }
}

/** In istioctl's order: by `namespace.name`, then by node. */
export const sortedWorkloads = <R extends WorkloadKey>(rows: R[]): readonly R[] =>
  sortLikeIstioctl(rows, (a, b) => compareDotted(a, b) || compareText(a.node, b.node))

/** As `namespace.name` compares, which is put together only where one namespace begins with the other. */
const compareDotted = (a: WorkloadKey, b: WorkloadKey): number => {
  if (a.namespace === b.namespace) return compareText(a.name, b.name)
  return a.namespace.startsWith(b.namespace) || b.namespace.startsWith(a.namespace)
    ? compareText(`${a.namespace}.${a.name}`, `${b.namespace}.${b.name}`)
    : compareText(a.namespace, b.namespace)
}

export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
