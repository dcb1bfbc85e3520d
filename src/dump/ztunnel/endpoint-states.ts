import type { Endpoint, Service, Workload } from '#model/ztunnel.ts'
import type { Behaviour } from '#ztunnel/behaviour.ts'
import { type PlacedWorkload, placed, whyNotChosen } from '#ztunnel/load-balancing.ts'
import { KeyNumbers } from '../key-numbers.ts'

/** Whether ztunnel can choose an endpoint, for the port that it serves best; which client asks may narrow it further. */
export type EndpointState =
  | 'eligible'
  /** Endpoint of a workload that the dump does not hold. */
  | 'unknown-workload'
  /** Endpoint of a workload that this release keeps and does not print. */
  | 'hidden-workload'
  /** Unhealthy, and the service's health policy takes it all the same. */
  | 'unhealthy-but-allowed'
  /** Unhealthy and chosen: health is looked at when an endpoint arrives, not when it is chosen (specs/ztunnel.md §4.5). */
  | 'unhealthy-but-kept'
  /** No port of the service leads to a port of this endpoint. */
  | 'no-such-port'
  /** Neither address nor name, and no gateway that would be used from this ztunnel's network. */
  | 'unreachable'
  /** A workload that names the service and is no endpoint of it, being unhealthy. */
  | 'not-ready'

export interface EndpointRow {
  readonly uid: string
  readonly state: EndpointState
  /** Ports of the service for which it cannot be chosen, where it can be for others. */
  readonly unserved: readonly number[]
}

/** What endpoints need to know of the workloads of a dump, of which there may be half a million. */
export class EndpointWorkloads {
  private readonly behaviour: Behaviour
  private readonly network: string
  private readonly uids = new KeyNumbers()
  /** By the numbers of the UIDs. */
  private readonly facts: Fact[] = []
  /** Unhealthy workloads by the services that they name. */
  private readonly unhealthy = new Map<string, string[]>()

  /** `network` is the ztunnel's own. */
  constructor(behaviour: Behaviour, network: string) {
    this.behaviour = behaviour
    this.network = network
  }

  add(workload: Workload): void {
    const { isUnreachable, hasTunnel } = placed({ network: this.network }, workload)
    const isHealthy = workload.status === 'Healthy'
    this.facts[this.uids.add(workload.uid)] = factOf(isHealthy, isUnreachable, hasTunnel)
    if (isHealthy) return
    for (const service of workload.services ?? [])
      this.unhealthy.set(service, [...(this.unhealthy.get(service) ?? []), workload.uid])
  }

  isHealthy(uid: string): boolean {
    return this.factOf(uid)?.isHealthy === true
  }

  /** Endpoints of the dump, then workloads that would be endpoints if they were healthy (specs/ztunnel.md §2.2, §4.5). */
  rows(service: Service): readonly EndpointRow[] {
    const listed = new Set(service.endpoints.map(({ workloadUid }) => workloadUid))
    const absent = (this.unhealthy.get(`${service.namespace}/${service.hostname}`) ?? []).filter(
      uid => !listed.has(uid),
    )
    return [
      ...service.endpoints.map(endpoint => this.row(service, endpoint)),
      ...absent.map(uid => ({ uid, state: 'not-ready' as const, unserved: [] })),
    ]
  }

  private factOf(uid: string): Fact | undefined {
    return this.facts[this.uids.find(uid) ?? -1]
  }

  private row(service: Service, endpoint: Endpoint): EndpointRow {
    const fact = this.factOf(endpoint.workloadUid)
    const ports = [...service.ports.keys()]
    const lost = ports.map(port => whyNotChosen(this.behaviour, service, endpoint, fact, port, 'standard'))
    const [first] = lost
    const unserved = ports.filter((_, index) => lost[index] !== undefined)
    const row = { uid: endpoint.workloadUid, unserved: [] }
    if (first !== undefined && unserved.length === ports.length) return { ...row, state: stateOfLoss(first) }
    if (fact === undefined) return { ...row, state: ports.length === 0 ? 'unknown-workload' : 'hidden-workload' }
    if (endpoint.status === 'Healthy' && fact.isHealthy) return { ...row, state: 'eligible', unserved }
    const isAllowed = service.loadBalancer?.healthPolicy === 'AllowAll'
    return { ...row, state: isAllowed ? 'unhealthy-but-allowed' : 'unhealthy-but-kept', unserved }
  }
}

const stateOfLoss = (why: ReturnType<typeof whyNotChosen>): EndpointState =>
  why === 'unknown-workload' || why === 'unreachable' ? why : 'no-such-port'

interface Fact extends PlacedWorkload {
  readonly isHealthy: boolean
}

/** One object for each combination, not one for each workload. */
const allFacts: readonly Fact[] = [0, 1, 2, 3, 4, 5, 6, 7].map(bits => ({
  isHealthy: (bits & 1) > 0,
  isUnreachable: (bits & 2) > 0,
  hasTunnel: (bits & 4) > 0,
}))

const factOf = (isHealthy: boolean, isUnreachable: boolean, hasTunnel: boolean): Fact => {
  const found = allFacts.find(
    fact => fact.isHealthy === isHealthy && fact.isUnreachable === isUnreachable && fact.hasTunnel === hasTunnel,
  )
  if (found === undefined) throw new Error('a combination of facts is not listed')
  return found
}
