import type { Endpoint, Locality, RoutingPreference, Service, Workload } from '#model/ztunnel.ts'
import type { Behaviour } from './behaviour.ts'
import { endpointsOf, type FoundService } from './service-lookup.ts'
import type { LostEndpoint, ZtunnelStep } from './steps.ts'
import type { Walk } from './walk.ts'
import { serviceKey, type ZtunnelIndex } from './ztunnel-index.ts'

/** Waypoints are looked up by their HBONE port, which their service need not list. */
export type ResolutionMode = 'standard' | 'waypoint'

export type Upstream =
  | { readonly kind: 'workload'; readonly workload: Workload; readonly port: number; readonly service?: Service }
  /** An endpoint of a workload that the dump cannot show (1.22). */
  | { readonly kind: 'hidden'; readonly uid: string; readonly service: Service }
  /** An endpoint that the service had when its address block was indexed, and has no more. */
  | { readonly kind: 'former'; readonly service: Service }
  | { readonly kind: 'original-destination' }

interface Candidate {
  readonly endpoint: Endpoint
  /** Undefined when the dump hides it. */
  readonly workload: Workload | undefined
}

interface Selection {
  readonly candidates: readonly { readonly value: Candidate; readonly weight: number }[]
  readonly lost: readonly LostEndpoint[]
}

/** Chooses an endpoint of a service and its target port (specs/ztunnel.md §4.3, §4.5). Undefined: nothing is selectable. */
export const balance = (
  index: ZtunnelIndex,
  walk: Walk<ZtunnelStep>,
  source: Workload,
  found: FoundService,
  port: number,
  mode: ResolutionMode,
): Upstream | undefined => {
  const { service } = found
  if ((mode === 'standard' || !index.behaviour.namedTargetPorts) && !service.ports.has(port)) {
    walk.note({
      kind: 'endpoint',
      rule: '§4.5',
      service,
      port,
      chosen: undefined,
      candidates: [],
      lost: [],
      why: 'port-not-in-service',
    })
    return undefined
  }
  const former = { code: 'former-endpoint' as const, subject: serviceKey(service), involved: [service] }
  if (found.by === 'cidr' && !walk.assumeNot(former)) return { kind: 'former', service }
  const endpoints = endpointsOf(index, walk, found)
  const { candidates, lost } = walk.once(selectionKey(source, service, endpoints, port, mode), () =>
    select(index, source, service, endpoints, port, mode),
  )
  const known = () => candidates.flatMap(({ value }) => (value.workload === undefined ? [] : [value.workload]))
  if (candidates.length === 0) {
    walk.note({
      kind: 'endpoint',
      rule: '§4.5',
      service,
      port,
      chosen: undefined,
      candidates: [],
      lost,
      why: 'no-candidate',
    })
    return undefined
  }
  const { endpoint, workload } = chooseCandidate(walk, service, candidates)
  if (workload === undefined) return { kind: 'hidden', uid: endpoint.workloadUid, service }
  walk.note({
    kind: 'endpoint',
    rule: '§4.5',
    service,
    port,
    chosen: workload,
    candidates: walk.once(`known ${serviceKey(service)}`, known),
    lost,
  })
  const target = targetPort(index, service, endpoint, workload, port)
  walk.note({ kind: 'target-port', rule: '§4.3', service, workload, ...target })
  return target.port === undefined ? undefined : { kind: 'workload', workload, port: target.port, service }
}

/** Ranks and capacities of workloads that the dump hides are unknown, and so are the chances of all the others. */
const chooseCandidate = (walk: Walk<ZtunnelStep>, service: Service, candidates: Selection['candidates']): Candidate => {
  if (candidates.every(({ value }) => value.workload !== undefined)) return walk.draw(candidates)
  const options = candidates.map(({ value }) => value)
  return walk.settle({ code: 'hidden-workload', subject: serviceKey(service), involved: [service] }, options)
}

const selectionKey = (
  source: Workload,
  service: Service,
  endpoints: readonly Endpoint[],
  port: number,
  mode: ResolutionMode,
): string => {
  const alone = endpoints === service.endpoints ? '' : endpoints.map(({ workloadUid }) => workloadUid).join()
  return `endpoints ${source.uid} ${serviceKey(service)} ${port} ${mode} ${endpoints.length} ${alone}`
}

const targetPort = (
  index: ZtunnelIndex,
  service: Service,
  endpoint: Endpoint,
  workload: Workload,
  port: number,
): { readonly port: number | undefined; readonly from: 'endpoint' | 'service' | 'application-tunnel' | 'nowhere' } => {
  const mapped = endpoint.ports.get(port)
  if (mapped !== undefined) return { port: mapped, from: 'endpoint' }
  const ofService = service.ports.get(port) ?? 0
  if (ofService > 0 || !index.behaviour.namedTargetPorts) return { port: ofService, from: 'service' }
  if (index.behaviour.applicationTunnelNeedsNoPort && workload.applicationTunnel?.port !== undefined)
    return { port, from: 'application-tunnel' }
  return { port: undefined, from: 'nowhere' }
}

const select = (
  index: ZtunnelIndex,
  source: Workload,
  service: Service,
  endpoints: readonly Endpoint[],
  port: number,
  mode: ResolutionMode,
): Selection => {
  const lost: LostEndpoint[] = []
  const usable: Candidate[] = []
  for (const endpoint of endpoints) {
    const workload = index.workloadsByUid.get(endpoint.workloadUid)
    const why = whyNotChosen(index.behaviour, service, endpoint, workload && placed(source, workload), port, mode)
    if (why === undefined) usable.push({ endpoint, workload })
    else lost.push({ workloadUid: endpoint.workloadUid, why })
  }
  const preferred = prefer(index, source, service, usable, lost)
  const candidates = preferred.map(value => ({
    value,
    weight: index.behaviour.capacityIsWeight ? (value.workload?.capacity ?? 1) : 1,
  }))
  for (const { value, weight } of candidates)
    if (weight === 0) lost.push({ workloadUid: value.endpoint.workloadUid, why: 'no-capacity' })
  return { candidates: candidates.filter(({ weight }) => weight > 0), lost }
}

/** What choosing asks of the workload behind an endpoint. */
export interface PlacedWorkload {
  readonly isUnreachable: boolean
  readonly hasTunnel: boolean
}

/** A workload as a client on this network sees it. */
export const placed = (source: Pick<Workload, 'network'>, workload: Workload): PlacedWorkload => ({
  isUnreachable: isUnreachable(source, workload),
  hasTunnel: workload.applicationTunnel !== undefined,
})

/** Why an endpoint is no candidate for a port, whatever its rank; undefined: it is one. `workload` is what the dump holds of it. */
export const whyNotChosen = (
  behaviour: Behaviour,
  service: Pick<Service, 'ports'>,
  endpoint: Pick<Endpoint, 'ports'>,
  workload: PlacedWorkload | undefined,
  port: number,
  mode: ResolutionMode,
): LostEndpoint['why'] | undefined => {
  if (workload === undefined) return behaviour.dumpHidesWorkloads ? undefined : 'unknown-workload'
  if (behaviour.dropsUnreachableEndpoints && workload.isUnreachable) return 'unreachable'
  if (!behaviour.namedTargetPorts) return undefined
  const servicePort = service.ports.get(port)
  if (mode === 'standard') return !servicePort && !endpoint.ports.has(port) ? 'no-such-port' : undefined
  return servicePort === undefined && !workload.hasTunnel ? 'no-such-port' : undefined
}

/** Without address and name only a network gateway reaches it, which is never used within one network. */
const isUnreachable = (source: Pick<Workload, 'network'>, workload: Workload): boolean =>
  workload.workloadIps.length === 0 &&
  workload.hostname === '' &&
  (workload.network === source.network || workload.networkGateway === undefined)

const prefer = (
  index: ZtunnelIndex,
  source: Workload,
  { loadBalancer }: Service,
  usable: readonly Candidate[],
  lost: LostEndpoint[],
): readonly Candidate[] => {
  if (loadBalancer === undefined || loadBalancer.mode === 'Standard' || usable.length === 0) return usable
  const { routingPreferences, mode } = loadBalancer
  const ranked: { readonly candidate: Candidate; readonly rank: number | undefined }[] = []
  for (const candidate of usable) {
    const { matched, bonus } = rankOf(index, source, candidate, routingPreferences)
    if (mode !== 'Strict' || matched === undefined || matched === routingPreferences.length)
      ranked.push({ candidate, rank: matched === undefined ? undefined : matched + bonus })
    else lost.push({ workloadUid: candidate.endpoint.workloadUid, why: 'not-all-preferences' })
  }
  const highest = Math.max(...ranked.map(one => one.rank ?? 0))
  for (const { candidate, rank } of ranked)
    if (rank !== undefined && rank < highest)
      lost.push({ workloadUid: candidate.endpoint.workloadUid, why: 'lower-rank' })
  return ranked.filter(({ rank }) => rank === undefined || rank === highest).map(({ candidate }) => candidate)
}

/** How many preferences match in order; undefined for a workload that the dump hides. */
const rankOf = (
  index: ZtunnelIndex,
  source: Workload,
  { workload }: Candidate,
  preferences: readonly RoutingPreference[],
): { readonly matched: number | undefined; readonly bonus: number } => {
  if (workload === undefined) return { matched: undefined, bonus: 0 }
  const softNetwork = index.behaviour.networkPreferenceIsSoft && preferences[0] === 'Network'
  let matched = 0
  let bonus = 0
  for (const preference of preferences) {
    const matches = sameBy[preference](source, workload)
    if (softNetwork && preference === 'Network') {
      if (!matches) continue
      bonus = preferences.length - 1
    }
    if (!matches) break
    matched++
  }
  return { matched, bonus }
}

const part = ({ locality }: Workload, name: keyof Locality): string => locality?.[name] ?? ''

const sameBy: Readonly<Record<RoutingPreference, (a: Workload, b: Workload) => boolean>> = {
  Region: (a, b) => part(a, 'region') === part(b, 'region'),
  Zone: (a, b) => part(a, 'zone') === part(b, 'zone'),
  Subzone: (a, b) => part(a, 'subzone') === part(b, 'subzone'),
  Node: (a, b) => a.node === b.node,
  Cluster: (a, b) => a.clusterId === b.clusterId,
  Network: (a, b) => a.network === b.network,
}
