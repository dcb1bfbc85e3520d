import type { Host, LocalityHosts, Priority } from './hosts.ts'

export interface BalanceRules {
  readonly overprovisioning: number
  readonly panicThreshold: number
  readonly localityWeighted: boolean
}

export interface WeightedHost {
  readonly host: Host
  readonly share: number
}

const hostsOf = (priority: Priority): readonly Host[] => priority.flatMap(({ hosts }) => hosts)
const count = (hosts: readonly Host[], health: Host['health']): number =>
  hosts.filter(host => host.health === health).length
const sum = (numbers: readonly number[]): number => numbers.reduce((all, number) => all + number, 0)

/** Percent of traffic that the hosts of one health in a priority can take, overprovisioned and whole. */
const availability = (priority: Priority, health: Host['health'], overprovisioning: number): number => {
  const hosts = hostsOf(priority)
  return hosts.length === 0 ? 0 : Math.min(100, Math.floor((count(hosts, health) * overprovisioning) / hosts.length))
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

const inPanic = (priority: Priority, threshold: number): boolean => {
  const hosts = hostsOf(priority)
  const usable = count(hosts, 'healthy') + count(hosts, 'degraded')
  return (hosts.length === 0 ? 0 : (100 * usable) / hosts.length) < threshold
}

export const priorityLoads = (priorities: readonly Priority[], rules: BalanceRules): PriorityLoad => {
  const healthy = priorities.map(priority => availability(priority, 'healthy', rules.overprovisioning))
  const degraded = priorities.map(priority => availability(priority, 'degraded', rules.overprovisioning))
  const total = Math.min(100, sum(healthy) + sum(degraded))
  const healthyLoad = spread(healthy, total, 100)
  const degradedLoad = spread(degraded, total, 100 - sum(healthyLoad))
  const missing = 100 - sum(healthyLoad) - sum(degradedLoad)
  const panic = priorities.map(priority => total < 100 && inPanic(priority, rules.panicThreshold))
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

const localityShare = (locality: LocalityHosts, health: Host['health'], overprovisioning: number): number => {
  const usable = count(locality.hosts, health) / Math.max(1, locality.hosts.length)
  return locality.weight * Math.min(1, (usable * overprovisioning) / 100)
}

const within = (
  priority: Priority,
  health: Host['health'],
  share: number,
  rules: BalanceRules,
): readonly WeightedHost[] => {
  const weights = priority.map(locality => localityShare(locality, health, rules.overprovisioning))
  const usable = (hosts: readonly Host[]) => hosts.filter(host => host.health === health)
  if (!rules.localityWeighted || sum(weights) === 0) return byWeight(usable(hostsOf(priority)), share)
  return priority.flatMap(({ hosts }, index) => byWeight(usable(hosts), (share * (weights[index] ?? 0)) / sum(weights)))
}

/** Every host that may be chosen, with its share of new requests; empty means no healthy upstream. */
export const balance = (priorities: readonly Priority[], rules: BalanceRules): readonly WeightedHost[] => {
  const loads = priorityLoads(priorities, rules)
  return priorities
    .flatMap((priority, index) => {
      const healthy = (loads.healthy[index] ?? 0) / 100
      const degraded = (loads.degraded[index] ?? 0) / 100
      if (loads.panic[index] === true) return byWeight(hostsOf(priority), healthy + degraded)
      return [...within(priority, 'healthy', healthy, rules), ...within(priority, 'degraded', degraded, rules)]
    })
    .filter(({ share }) => share > 0)
}
