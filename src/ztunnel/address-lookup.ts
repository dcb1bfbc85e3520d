import type { Endpoint, GatewayDestination, NetworkAddress, Workload } from '#model/ztunnel.ts'
import { type FoundService, findServiceByAddress, foundByName } from './service-lookup.ts'
import type { ZtunnelStep } from './steps.ts'
import type { Walk } from './walk.ts'
import { addressKey, serviceKey, type ZtunnelIndex } from './ztunnel-index.ts'

export type FoundAddress =
  | { readonly kind: 'workload'; readonly workload: Workload }
  | { readonly kind: 'service'; readonly found: FoundService }

/** The workload that owns an address on a network (specs/ztunnel.md §4.2 step 1, ztunnel-measured.md C7). */
export const findWorkloadByAddress = (
  index: ZtunnelIndex,
  walk: Walk<ZtunnelStep>,
  { network, ip }: NetworkAddress,
): Workload | undefined => {
  const key = addressKey(network, ip)
  const owner = index.dump.owners?.addresses
  if (owner !== undefined) return index.workloadsByUid.get(owner.get(key) ?? '')
  const all = index.workloadsByAddress.get(key)
  if (all === undefined) return undefined
  const { sharedAddressesAreRanked } = index.behaviour
  if (!sharedAddressesAreRanked && !walk.assumeNot({ code: 'lost-address', subject: key, involved: all }))
    return undefined
  const best = sharedAddressesAreRanked && all.length > 1 ? highestRanked(all) : all
  return walk.settle({ code: 'shared-address', subject: key, involved: best }, best)
}

/** A workload before a service (specs/ztunnel.md §4.2). Without `clientNamespace` nothing is hidden or preferred. */
export const findAddress = (
  index: ZtunnelIndex,
  walk: Walk<ZtunnelStep>,
  address: NetworkAddress,
  clientNamespace?: string,
): FoundAddress | undefined => {
  const workload = findWorkloadByAddress(index, walk, address)
  if (workload !== undefined) return { kind: 'workload', workload }
  const found = findServiceByAddress(index, walk, address, clientNamespace)
  return found === undefined ? undefined : { kind: 'service', found }
}

/** What a waypoint or gateway reference names; hostnames look for services, then for workloads of that DNS name. */
export const findReference = (
  index: ZtunnelIndex,
  walk: Walk<ZtunnelStep>,
  destination: GatewayDestination,
): FoundAddress | undefined => {
  if (destination.kind === 'address') return findAddress(index, walk, destination)
  const service = index.servicesByKey.get(serviceKey(destination))
  if (service !== undefined) return { kind: 'service', found: foundByName(service) }
  const workloads = index.workloadsByHostname.get(serviceKey(destination))
  if (workloads === undefined || index.behaviour.hostnameReferences !== 'services-and-workloads') return undefined
  const fact = { code: 'workload-hostname-order' as const, subject: serviceKey(destination), involved: workloads }
  return { kind: 'workload', workload: walk.settle(fact, workloads) }
}

export const endpointsInclude = (endpoints: readonly Endpoint[], workload: Workload): boolean =>
  endpoints.some(({ workloadUid }) => workloadUid === workload.uid)

const highestRanked = (workloads: readonly Workload[]): readonly Workload[] => {
  const highest = Math.max(...workloads.map(rank))
  return workloads.filter(workload => rank(workload) === highest)
}

const rank = ({ uid, protocol }: Workload): number => (uid.includes('//Pod/') ? 2 : 0) + (protocol === 'HBONE' ? 1 : 0)
