import { objectAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import { type Address, printAddress } from '../address.ts'
import type { Connection, FilterStateObject } from '../connection.ts'
import { assignmentOf, type Located } from '../lookup.ts'
import type { HostChoice, LeftHost } from '../outcome.ts'
import type { Walk } from '../walk.ts'
import { balance } from './balance.ts'
import { type Host, overprovisioningOf, panicThresholdOf, printHost, readPriorities } from './hosts.ts'
import { originalDestination, wireOf } from './wire.ts'

export interface Origin {
  readonly connection: Connection
  readonly state: ReadonlyMap<string, FilterStateObject>
  /** Host of the request, where there is one. */
  readonly authority?: string
}

const hashing = new Set(['RING_HASH', 'MAGLEV'])

const workloadOf = (metadata: ReadonlyMap<string, EnvoyJson>): { workload?: string } => {
  const workload = textAt(metadata.get('istio'), 'workload')
  return workload === undefined ? {} : { workload }
}

const choiceOf = (walk: Walk, cluster: EnvoyJson, host: Host, origin: Origin): HostChoice => {
  const wire =
    host.address.kind === 'name'
      ? ({ kind: 'direct', dial: printHost(host.address), tls: false } as const)
      : wireOf(walk.index, host.address, { cluster, ...origin, metadata: host.metadata })
  return { upstreamHost: printHost(host.address), wire, ...workloadOf(host.metadata) }
}

const throughOriginalDestination = (walk: Walk, cluster: EnvoyJson, origin: Origin): readonly HostChoice[] => {
  const address: Address | undefined = originalDestination(cluster, origin.connection, origin.state)
  if (address === undefined) return []
  const wire = wireOf(walk.index, address, { cluster, ...origin, metadata: new Map() })
  return [{ upstreamHost: printAddress(address), wire, probability: 1 }]
}

const isForwardProxy = (cluster: EnvoyJson): boolean =>
  textAt(cluster, 'cluster_type', 'name') === 'envoy.clusters.dynamic_forward_proxy'

/** The Host names the upstream; only DNS knows its addresses. */
const throughForwardProxy = (walk: Walk, host: string): readonly HostChoice[] => {
  walk.assume({ kind: 'missing', what: `DNS answer for ${host}`, assumed: 'resolves' })
  return [{ upstreamHost: host, wire: { kind: 'direct', dial: host, tls: false }, probability: 1 }]
}

const endpointsUnknown = (walk: Walk, cluster: Located): boolean =>
  assignmentOf(walk.index, cluster) === undefined && walk.index.dump.endpoints === undefined

/** Every host that the load balancer may choose for a new request; none means UH (specs/waypoint.md §5.10). */
export const chooseHosts = (walk: Walk, cluster: Located, origin: Origin): readonly HostChoice[] => {
  const { config } = cluster
  if (isForwardProxy(config)) return throughForwardProxy(walk, origin.authority ?? origin.connection.serverName)
  if (textAt(config, 'type') === 'ORIGINAL_DST') return throughOriginalDestination(walk, config, origin)
  const name = textAt(config, 'name') ?? ''
  if (endpointsUnknown(walk, cluster)) walk.assume({ kind: 'missing', what: `endpoints of ${name}`, assumed: 'none' })
  const assignment = assignmentOf(walk.index, cluster)
  const priorities = readPriorities(assignment?.config ?? {}, walk.index.dump.health?.get(name) ?? [])
  const chosen = balance(priorities, {
    overprovisioning: overprovisioningOf(assignment?.config ?? {}),
    panicThreshold: panicThresholdOf(config),
    localityWeighted: objectAt(config, 'common_lb_config', 'locality_weighted_lb_config') !== undefined,
  })
  const hashed = hashing.has(textAt(config, 'lb_policy') ?? '')
  const hosts = chosen.map(({ host, share }) => ({
    ...choiceOf(walk, config, host, origin),
    ...(hashed && chosen.length > 1 ? {} : { probability: share }),
  }))
  const taken = new Set(chosen.map(({ host }) => host))
  const left: readonly LeftHost[] = priorities
    .flatMap(priority => priority.flatMap(locality => locality.hosts))
    .filter(host => !taken.has(host))
    .map(host => ({ upstreamHost: printHost(host.address), why: host.why === '' ? 'priority' : host.why }))
  walk.step({
    kind: 'hosts',
    cluster: name,
    hosts,
    left,
    evidence: walk.evidence(assignment?.pointer ?? cluster.pointer),
  })
  return hosts
}
