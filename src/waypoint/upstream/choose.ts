import { objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import { type Address, printAddress } from '../address.ts'
import type { Connection, FilterStateObject } from '../connection.ts'
import { assignmentOf, type Located } from '../lookup.ts'
import type { HostChoice, LeftHost } from '../outcome.ts'
import { typeUrl } from '../types.ts'
import type { Walk } from '../walk.ts'
import { type Balance, balance } from './balance.ts'
import { type Host, overprovisioningOf, type Priority, panicThresholdOf, printHost, readPriorities } from './hosts.ts'
import { type Criteria, subsetOf } from './subset.ts'
import { connectMsOf, originalDestination, wireOf } from './wire.ts'

export interface Origin {
  readonly connection: Connection
  readonly state: ReadonlyMap<string, FilterStateObject>
  /** Host of the request, where there is one. */
  readonly authority?: string
  /** What the route asks of the metadata of hosts. */
  readonly criteria?: Criteria
}

const hashing = new Set(['RING_HASH', 'MAGLEV'])

/** Policies that choose by weight alone; `lb_policy` does not count beside any of `load_balancing_policy`. */
const byWeight = new Set(['Random', 'RoundRobin', 'LeastRequest'])
const byHash = new Set(['RingHash', 'Maglev'])

const extensionOf = (cluster: EnvoyJson): EnvoyJson | undefined => {
  const [policy] = objectsAt(cluster, 'load_balancing_policy', 'policies')
  return objectAt(policy, 'typed_extension_config', 'typed_config')
}

type Chooser = 'weight' | 'hash' | { readonly unknown: string }

const chooserOf = (cluster: EnvoyJson): Chooser => {
  const extension = extensionOf(cluster)
  if (extension === undefined) return hashing.has(textAt(cluster, 'lb_policy') ?? '') ? 'hash' : 'weight'
  const policy = typeUrl(extension).split('.').at(-1) ?? ''
  return byWeight.has(policy) ? 'weight' : byHash.has(policy) ? 'hash' : { unknown: policy }
}

/** What the configuration does not tell of the choice of a host. */
const assumeChoice = (walk: Walk, chooser: Chooser, { hosts, nowhere }: Balance): void => {
  if (hosts.length > 1 && typeof chooser === 'object')
    walk.assume({ kind: 'missing', what: `load balancing policy ${chooser.unknown}`, assumed: 'any host' })
  if (hosts.length > 0 && nowhere > 0)
    walk.assume({ kind: 'missing', what: 'priority that the hash chooses', assumed: 'one with healthy hosts' })
}

const localityWeighted = (cluster: EnvoyJson): boolean =>
  objectAt(cluster, 'common_lb_config', 'locality_weighted_lb_config') !== undefined ||
  objectAt(extensionOf(cluster), 'locality_lb_config', 'locality_weighted_lb_config') !== undefined

const hostsOf = (priorities: readonly Priority[]): readonly Host[] => priorities.flat().flatMap(({ hosts }) => hosts)

/** The hosts that may be chosen at all, before health and weights. */
const candidates = (walk: Walk, cluster: EnvoyJson, all: readonly Priority[], origin: Origin): readonly Priority[] => {
  const subset = subsetOf(cluster, all, origin.criteria ?? {})
  if (!('unknown' in subset)) return subset
  walk.assume({ kind: 'missing', what: subset.unknown, assumed: 'any host' })
  return all
}

const workloadOf = (metadata: ReadonlyMap<string, EnvoyJson>): { workload?: string } => {
  const workload = textAt(metadata.get('istio'), 'workload')
  return workload === undefined ? {} : { workload }
}

const choiceOf = (walk: Walk, cluster: EnvoyJson, host: Host, origin: Origin): HostChoice => {
  const wire =
    host.address.kind === 'name'
      ? ({ kind: 'direct', dial: printHost(host.address), tls: false, connectMs: connectMsOf(cluster) } as const)
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
const throughForwardProxy = (walk: Walk, cluster: EnvoyJson, host: string): readonly HostChoice[] => {
  walk.assume({ kind: 'dns-answer', what: host, assumed: 'resolves' })
  const wire = { kind: 'direct', dial: host, tls: false, connectMs: connectMsOf(cluster) } as const
  return [{ upstreamHost: host, wire, probability: 1 }]
}

const endpointsUnknown = (walk: Walk, cluster: Located): boolean =>
  assignmentOf(walk.index, cluster) === undefined && walk.index.dump.endpoints === undefined

/** Every host that the load balancer may choose for a new request; none means UH (specs/waypoint.md §5.10). */
export const chooseHosts = (walk: Walk, cluster: Located, origin: Origin): readonly HostChoice[] => {
  const { config } = cluster
  if (isForwardProxy(config)) return throughForwardProxy(walk, config, origin.authority ?? origin.connection.serverName)
  if (textAt(config, 'type') === 'ORIGINAL_DST') return throughOriginalDestination(walk, config, origin)
  const name = textAt(config, 'name') ?? ''
  if (endpointsUnknown(walk, cluster)) walk.assume({ kind: 'missing', what: `endpoints of ${name}`, assumed: 'none' })
  const assignment = assignmentOf(walk.index, cluster)
  const priorities = readPriorities(assignment?.config ?? {}, config, walk.index.dump.health?.get(name) ?? [])
  const considered = candidates(walk, config, priorities, origin)
  const chooser = chooserOf(config)
  const balanced = balance(considered, {
    overprovisioning: overprovisioningOf(assignment?.config ?? {}),
    panicThreshold: panicThresholdOf(config),
    localityWeighted: localityWeighted(config) && objectAt(config, 'lb_subset_config') === undefined,
    leavesOutDrainingHosts: walk.behaviour.leavesOutDrainingHosts,
    byHash: chooser === 'hash',
  })
  assumeChoice(walk, chooser, balanced)
  const chosen = balanced.hosts
  const known = chosen.length < 2 || chooser === 'weight'
  const hosts = chosen.map(({ host, share }) => ({
    ...choiceOf(walk, config, host, origin),
    ...(known ? { probability: share } : {}),
  }))
  const taken = new Set(chosen.map(({ host }) => host))
  const inSubset = new Set(hostsOf(considered))
  const left: readonly LeftHost[] = hostsOf(priorities)
    .filter(host => !taken.has(host))
    .map(host => ({
      upstreamHost: printHost(host.address),
      why: inSubset.has(host) ? host.why || 'priority' : 'other subset',
    }))
  walk.step({
    kind: 'hosts',
    cluster: name,
    hosts,
    left,
    evidence: walk.evidence(assignment?.pointer ?? cluster.pointer),
  })
  return hosts
}
