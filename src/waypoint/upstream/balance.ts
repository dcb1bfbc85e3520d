import type { Host, LocalityHosts, Priority } from './hosts.ts'

export interface BalanceRules {
  readonly overprovisioning: number
  readonly panicThreshold: number
  readonly localityWeighted: boolean
  readonly leavesOutDrainingHosts: boolean
  /** Rings and tables of a hash have no degraded hosts: a request that falls to them finds none. */
  readonly byHash: boolean
}

export interface WeightedHost {
  readonly host: Host
  readonly share: number
}

const hostsOf = (priority: Priority): readonly Host[] => priority.flatMap(({ hosts }) => hosts)
const count = (hosts: readonly Host[], health: Host['health']): number =>
  hosts.filter(host => host.health === health).length
const sum = (numbers: readonly number[]): number => numbers.reduce((all, number) => all + number, 0)

/** Those of which a part must be usable. */
const countedOf = (hosts: readonly Host[], { leavesOutDrainingHosts }: BalanceRules): readonly Host[] =>
  leavesOutDrainingHosts ? hosts.filter(({ draining }) => !draining) : hosts

/** Percent of traffic that the hosts of one health in a priority can take, overprovisioned and whole. */
const availability = (priority: Priority, health: Host['health'], rules: BalanceRules): number => {
  const counted = countedOf(hostsOf(priority), rules)
  if (counted.length === 0) return 0
  return Math.min(100, Math.floor((count(counted, health) * rules.overprovisioning) / counted.length))
}

/** Load per priority: what it can take, then the remainder to the next (specs/waypoint.md §5.10). */
const spread = (available: readonly number[], total: number, load: number): readonly number[] => {
  let left = load
  return available.map(percent => {
    const taken = total === 0 ? 0 : Math.min(Math.floor((percent * 100) / total), left)
    left -= taken
    return taken
  })
}

export interface PriorityLoad {
  readonly healthy: readonly number[]
  readonly degraded: readonly number[]
  readonly panic: readonly boolean[]
}

const addRoundingTo = (loads: readonly number[], missing: number): readonly number[] => {
  const first = loads.findIndex(load => load > 0)
  return first < 0 ? loads : loads.map((load, index) => (index === first ? load + missing : load))
}

const inPanic = (priority: Priority, rules: BalanceRules): boolean => {
  const counted = countedOf(hostsOf(priority), rules)
  const usable = count(counted, 'healthy') + count(counted, 'degraded')
  return (counted.length === 0 ? 0 : (100 * usable) / counted.length) < rules.panicThreshold
}

export const priorityLoads = (priorities: readonly Priority[], rules: BalanceRules): PriorityLoad => {
  const healthy = priorities.map(priority => availability(priority, 'healthy', rules))
  const degraded = priorities.map(priority => availability(priority, 'degraded', rules))
  const total = Math.min(100, sum(healthy) + sum(degraded))
  const healthyLoad = spread(healthy, total, 100)
  const degradedLoad = spread(degraded, total, 100 - sum(healthyLoad))
  const missing = 100 - sum(healthyLoad) - sum(degradedLoad)
  const panic = priorities.map(priority => total < 100 && inPanic(priority, rules))
  if (panic.length > 0 && panic.every(Boolean)) {
    const counts = priorities.map(priority => hostsOf(priority).length)
    return {
      healthy: counts.map(hosts => (100 * hosts) / Math.max(1, sum(counts))),
      degraded: counts.map(() => 0),
      panic,
    }
  }
  return { healthy: addRoundingTo(healthyLoad, missing), degraded: degradedLoad, panic }
}

const byWeight = (hosts: readonly Host[], share: number): readonly WeightedHost[] => {
  const total = sum(hosts.map(({ weight }) => weight))
  return hosts.map(host => ({ host, share: total === 0 ? share / hosts.length : (share * host.weight) / total }))
}

const localityShare = (locality: LocalityHosts, health: Host['health'], rules: BalanceRules): number => {
  const counted = countedOf(locality.hosts, rules)
  const usable = count(counted, health) / Math.max(1, counted.length)
  return locality.weight * Math.min(1, (usable * rules.overprovisioning) / 100)
}

const within = (
  priority: Priority,
  health: Host['health'],
  share: number,
  rules: BalanceRules,
): readonly WeightedHost[] => {
  const weights = priority.map(locality => localityShare(locality, health, rules))
  const usable = (hosts: readonly Host[]) => hosts.filter(host => host.health === health)
  if (!rules.localityWeighted || sum(weights) === 0) return byWeight(usable(hostsOf(priority)), share)
  return priority.flatMap(({ hosts }, index) => byWeight(usable(hosts), (share * (weights[index] ?? 0)) / sum(weights)))
}

export interface Balance {
  /** Every host that may be chosen, with its share of new requests; empty means no healthy upstream. */
  readonly hosts: readonly WeightedHost[]
  /** What falls to hosts that the balancer does not have. */
  readonly nowhere: number
}

export const balance = (priorities: readonly Priority[], rules: BalanceRules): Balance => {
  const loads = priorityLoads(priorities, rules)
  const hosts = priorities
    .flatMap((priority, index) => {
      const healthy = (loads.healthy[index] ?? 0) / 100
      const degraded = (loads.degraded[index] ?? 0) / 100
      if (loads.panic[index] === true) return byWeight(hostsOf(priority), healthy + degraded)
      const fallen = rules.byHash ? [] : within(priority, 'degraded', degraded, rules)
      return [...within(priority, 'healthy', healthy, rules), ...fallen]
    })
    .filter(({ share }) => share > 0)
  return { hosts, nowhere: rules.byHash ? sum(loads.degraded.filter((_, index) => loads.panic[index] !== true)) : 0 }
}
