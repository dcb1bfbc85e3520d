import { member, numberAt, objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyHostHealth, EnvoyJson } from '#model/envoy.ts'
import { type Address, parseAddress, printAddress } from '../address.ts'

export interface Host {
  readonly address: Address | { readonly kind: 'name'; readonly name: string; readonly port: number }
  readonly health: 'healthy' | 'degraded' | 'out'
  /** Why it is out. */
  readonly why: string
  /** EDS drains it. */
  readonly draining: boolean
  readonly weight: number
  readonly metadata: ReadonlyMap<string, EnvoyJson>
}

export interface LocalityHosts {
  readonly hosts: readonly Host[]
  readonly weight: number
}

export type Priority = readonly LocalityHosts[]

const readHostAddress = (endpoint: unknown): Host['address'] | undefined => {
  const socket = objectAt(endpoint, 'address', 'socket_address')
  if (socket !== undefined) {
    const name = textAt(socket, 'address') ?? ''
    const port = numberAt(socket, 'port_value') ?? 0
    const ip = parseAddress(name.includes(':') ? `[${name}]:${port}` : `${name}:${port}`)
    return ip ?? { kind: 'name', name, port }
  }
  const internal = objectAt(endpoint, 'address', 'envoy_internal_address')
  if (internal === undefined) return undefined
  return {
    kind: 'internal',
    listener: textAt(internal, 'server_listener_name') ?? '',
    endpointId: textAt(internal, 'endpoint_id') ?? '',
  }
}

export const printHost = (address: Host['address']): string =>
  address.kind === 'name' ? `${address.name}:${address.port}` : printAddress(address)

const outStatuses = new Set(['UNHEALTHY', 'DRAINING', 'TIMEOUT'])

const metadataOf = (entry: EnvoyJson): ReadonlyMap<string, EnvoyJson> =>
  new Map(
    Object.keys(objectAt(entry, 'metadata', 'filter_metadata') ?? {}).flatMap(namespace => {
      const struct = objectAt(entry, 'metadata', 'filter_metadata', namespace)
      return struct === undefined ? [] : [[namespace, struct] as const]
    }),
  )

const healthOf = (entry: EnvoyJson, live: EnvoyHostHealth | undefined): Pick<Host, 'health' | 'why'> => {
  if (live?.healthy === false) return { health: 'out', why: live.flags.join(', ') }
  if (live?.degraded === true) return { health: 'degraded', why: '' }
  const status = textAt(entry, 'health_status') ?? 'UNKNOWN'
  if (outStatuses.has(status)) return { health: 'out', why: status }
  return { health: status === 'DEGRADED' ? 'degraded' : 'healthy', why: '' }
}

interface Told {
  readonly live: ReadonlyMap<string, EnvoyHostHealth>
  /** Hosts that the cluster's own assignment drains: the dump of endpoints calls them `UNHEALTHY`. */
  readonly draining: ReadonlySet<string>
}

const readHost = (entry: EnvoyJson, told: Told): Host | undefined => {
  const address = readHostAddress(objectAt(entry, 'endpoint'))
  if (address === undefined) return undefined
  const live = told.live.get(printHost(address))
  return {
    address,
    ...healthOf(entry, live),
    draining: isDrained(entry) || live?.edsHealth === 'DRAINING' || told.draining.has(printHost(address)),
    weight: numberAt(entry, 'load_balancing_weight') ?? 1,
    metadata: metadataOf(entry),
  }
}

const isDrained = (entry: EnvoyJson): boolean => textAt(entry, 'health_status') === 'DRAINING'

const drainedIn = (assignment: EnvoyJson): ReadonlySet<string> =>
  new Set(
    objectsAt(assignment, 'endpoints')
      .flatMap(locality => objectsAt(locality, 'lb_endpoints'))
      .filter(isDrained)
      .flatMap(entry => readHostAddress(objectAt(entry, 'endpoint')) ?? [])
      .map(printHost),
  )

/** Hosts of a ClusterLoadAssignment by priority and locality, with live health where it was collected. */
export const readPriorities = (
  assignment: EnvoyJson,
  cluster: EnvoyJson,
  health: readonly EnvoyHostHealth[],
): readonly Priority[] => {
  const told: Told = {
    live: new Map(health.map(host => [host.address, host])),
    draining: drainedIn(objectAt(cluster, 'load_assignment') ?? {}),
  }
  const priorities: LocalityHosts[][] = []
  for (const locality of objectsAt(assignment, 'endpoints')) {
    const priority = numberAt(locality, 'priority') ?? 0
    while (priorities.length <= priority) priorities.push([])
    const hosts = objectsAt(locality, 'lb_endpoints')
      .map(entry => readHost(entry, told))
      .filter(host => host !== undefined)
    priorities[priority]?.push({ hosts, weight: numberAt(locality, 'load_balancing_weight') ?? 0 })
  }
  return priorities
}

export const overprovisioningOf = (assignment: EnvoyJson): number =>
  numberAt(assignment, 'policy', 'overprovisioning_factor') ?? 140

/** Percent below which a priority panics; `{}` is 0, which switches panic off. */
export const panicThresholdOf = (cluster: EnvoyJson): number => {
  const threshold = member(cluster, 'common_lb_config', 'healthy_panic_threshold')
  return threshold === undefined ? 50 : (numberAt(threshold, 'value') ?? 0)
}
