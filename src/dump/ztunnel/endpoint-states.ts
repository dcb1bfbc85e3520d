import type { Endpoint, Service, Workload } from '#model/ztunnel.ts'

/** Whether an endpoint can be chosen, for the port that it serves best; which client asks may narrow it further. */
export type EndpointState =
  | 'eligible'
  /** Endpoint of a workload that the dump does not hold. */
  | 'unknown-workload'
  | 'unhealthy'
  /** Unhealthy, and the service's health policy takes it all the same. */
  | 'unhealthy-but-allowed'
  /** No port of the service leads to a port of this endpoint. */
  | 'no-port'
  /** Neither address nor name nor gateway. */
  | 'no-address'
  /** A workload that names the service and is no endpoint of it, being unhealthy. */
  | 'not-ready'

export interface EndpointRow {
  readonly uid: string
  readonly workload: Workload | undefined
  readonly state: EndpointState
  /** Ports of the service that lead to a named port which this endpoint does not have. */
  readonly unserved: readonly number[]
}

/** Endpoints of the dump, then workloads that would be endpoints if they were healthy (specs/ztunnel.md §2.2, §4.5). */
export const endpointRows = (
  service: Service,
  workloads: ReadonlyMap<string, Workload>,
  members: readonly Workload[],
): readonly EndpointRow[] => {
  const rows = service.endpoints.map(endpoint => {
    const workload = workloads.get(endpoint.workloadUid)
    const state = stateOf(service, endpoint, workload)
    return { uid: endpoint.workloadUid, workload, state, unserved: unservedPorts(service, endpoint) }
  })
  const listed = new Set(rows.map(row => row.uid))
  const absent = members.filter(workload => !listed.has(workload.uid))
  return [
    ...rows,
    ...absent.map(workload => ({ uid: workload.uid, workload, state: 'not-ready' as const, unserved: [] })),
  ]
}

const stateOf = (service: Service, endpoint: Endpoint, workload: Workload | undefined): EndpointState => {
  if (workload === undefined) return 'unknown-workload'
  if (endpoint.status === 'Unhealthy' || workload.status === 'Unhealthy')
    return service.loadBalancer?.healthPolicy === 'AllowAll' ? 'unhealthy-but-allowed' : 'unhealthy'
  if (service.ports.size > 0 && unservedPorts(service, endpoint).length === service.ports.size) return 'no-port'
  if (workload.workloadIps.length === 0 && workload.hostname === '' && workload.networkGateway === undefined)
    return 'no-address'
  return 'eligible'
}

const unservedPorts = ({ ports }: Service, endpoint: Endpoint): readonly number[] =>
  [...ports].filter(([port, target]) => target === 0 && !endpoint.ports.has(port)).map(([port]) => port)
