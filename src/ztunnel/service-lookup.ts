import type { Endpoint, NetworkAddress, Service } from '#model/ztunnel.ts'
import { parseIp } from '#reason/address.ts'
import { cidrContains, longestPrefix } from '#reason/cidr.ts'
import type { ZtunnelStep } from './steps.ts'
import type { Walk } from './walk.ts'
import { addressKey, type CidrService, serviceKey, type ZtunnelIndex } from './ztunnel-index.ts'

export interface FoundService {
  readonly service: Service
  readonly by: 'vip' | 'cidr' | 'name'
}

export const foundByName = (service: Service): FoundService => ({ service, by: 'name' })

/** The service that answers for an address: by VIP, else by address block (specs/ztunnel.md §4.2 steps 2 and 3). */
export const findServiceByAddress = (
  index: ZtunnelIndex,
  walk: Walk<ZtunnelStep>,
  address: NetworkAddress,
  clientNamespace?: string,
): FoundService | undefined => {
  const sharing = index.servicesByVip.get(addressKey(address.network, address.ip))
  const service = sharing === undefined ? undefined : vipOwner(index, walk, address, sharing, clientNamespace)
  if (service !== undefined) return { service, by: 'vip' }
  const block = index.behaviour.cidrVips ? findByCidr(index, walk, address, clientNamespace) : undefined
  return block === undefined ? undefined : { service: block, by: 'cidr' }
}

/**
 * The endpoints that a look-up by this way uses. The index of address blocks keeps the service as it was when it was last
 * sent, so any of its endpoints may be missing there (ztunnel-measured.md C1): each endpoint alone stands for the subsets.
 */
export const endpointsOf = (
  index: ZtunnelIndex,
  walk: Walk<ZtunnelStep>,
  { service, by }: FoundService,
): readonly Endpoint[] => {
  if (by !== 'cidr') return service.endpoints
  const subject = serviceKey(service)
  const states = walk.once(`states of ${subject}`, () => statesOf(index, service))
  return walk.settle({ code: 'stale-cidr', subject, involved: [service] }, states)
}

const statesOf = (index: ZtunnelIndex, service: Service): readonly (readonly Endpoint[])[] => {
  const ever = [...service.endpoints, ...formerEndpoints(index, service)]
  return ever.length === 0 ? [service.endpoints] : [service.endpoints, ...ever.map(endpoint => [endpoint]), []]
}

/** Workloads that belong to the service but are not among its endpoints now may still be in an older state of it. */
const formerEndpoints = (index: ZtunnelIndex, service: Service): readonly Endpoint[] => {
  const now = new Set(service.endpoints.map(({ workloadUid }) => workloadUid))
  return (index.workloadsByService.get(serviceKey(service)) ?? [])
    .filter(({ uid }) => !now.has(uid))
    .map(({ uid, status }) => ({ workloadUid: uid, ports: new Map(), status }))
}

const vipOwner = (
  index: ZtunnelIndex,
  walk: Walk<ZtunnelStep>,
  { network, ip }: NetworkAddress,
  sharing: readonly Service[],
  clientNamespace: string | undefined,
): Service | undefined => {
  const subject = addressKey(network, ip)
  if (index.behaviour.vipOwner === 'last-writer') {
    const owner = walk.settle({ code: 'shared-vip', subject, involved: sharing }, sharing)
    return index.namespacesOfDeletedServices.size === 0 || keepsVip(walk, subject, owner) ? owner : undefined
  }
  const slots = namespacesOf(sharing).map(namespace => {
    const rivals = sharing.filter(service => service.namespace === namespace)
    return walk.settle({ code: 'shared-vip', subject: `${subject} in ${namespace}`, involved: rivals }, rivals)
  })
  const visible = slots
    .filter(service => isVisible(service, clientNamespace))
    .filter(one => !index.namespacesOfDeletedServices.has(one.namespace) || keepsVip(walk, subject, one))
  return bestService(walk, subject, visible, { clientNamespace, orderIsKnown: orderIsDumped(sharing) })
}

/** Deleting a service that had the VIP too leaves it without an owner until the other service changes (C2). */
const keepsVip = (walk: Walk<ZtunnelStep>, subject: string, service: Service): boolean =>
  walk.assumeNot({ code: 'deleted-sibling', subject: `${subject} of ${serviceKey(service)}`, involved: [service] })

/** The service that a CONNECT by name means (specs/ztunnel.md §5.1 I7, ztunnel-measured.md C15). */
export const findServiceByHostname = (
  { servicesByHostname, behaviour }: ZtunnelIndex,
  hostname: string,
  clientNamespace: string,
): Service | undefined => {
  const services = (servicesByHostname.get(hostname) ?? []).filter(service => isVisible(service, clientNamespace))
  const own = services.find(({ namespace }) => namespace === clientNamespace)
  if (own !== undefined) return own
  if (behaviour.hostnamePick === 'namespace-or-last') return services.at(-1)
  return services.filter(service => service.canonical).at(-1) ?? services[0]
}

/** Services of one hostname stand in the dump as they stand in every list of ztunnel; others are sorted by hostname. */
const orderIsDumped = (services: readonly Service[]): boolean =>
  new Set(services.map(({ hostname }) => hostname)).size === 1

/** Own namespace, else canonical (the last of several), else the first (specs/ztunnel.md §4.2). */
const bestService = (
  walk: Walk<ZtunnelStep>,
  subject: string,
  services: readonly Service[],
  { clientNamespace, orderIsKnown }: { readonly clientNamespace: string | undefined; readonly orderIsKnown: boolean },
): Service | undefined => {
  const own = services.find(({ namespace }) => namespace === clientNamespace)
  if (own !== undefined || services.length === 0) return own
  const canonical = services.filter(service => service.canonical)
  const equals = canonical.length > 0 ? canonical : services
  if (orderIsKnown) return canonical.length > 0 ? canonical.at(-1) : services[0]
  return walk.settle({ code: 'vip-order', subject, involved: equals }, equals)
}

/** Own namespace before prefix length before canonical; full ties are ordered by insertion, which no dump tells. */
const findByCidr = (
  index: ZtunnelIndex,
  walk: Walk<ZtunnelStep>,
  { network, ip }: NetworkAddress,
  clientNamespace: string | undefined,
): Service | undefined => {
  const blocks = index.servicesByCidr.get(network)
  const parsed = blocks === undefined ? undefined : parseIp(ip)
  if (blocks === undefined || parsed === undefined) return undefined
  const around = blocks.filter(({ cidr, service }) => cidrContains(cidr, parsed) && isVisible(service, clientNamespace))
  const near = preferring(around, ({ service }) => service.namespace === clientNamespace)
  const longest = longestPrefix(near, ({ cidr }) => cidr, parsed)
  const best = preferring(longest, ({ service }) => service.canonical).map(({ service }) => service)
  const services = [...new Set(best)]
  if (services.length === 0) return undefined
  return walk.settle({ code: 'vip-order', subject: addressKey(network, ip), involved: services }, services)
}

/** Those that have the quality, or all when none has it. */
const preferring = (
  blocks: readonly CidrService[],
  quality: (block: CidrService) => boolean,
): readonly CidrService[] => {
  const having = blocks.filter(quality)
  return having.length > 0 ? having : blocks
}

export const isVisible = (service: Service, clientNamespace: string | undefined): boolean =>
  clientNamespace === undefined || service.visibility !== 'Namespace' || service.namespace === clientNamespace

const namespacesOf = (services: readonly Service[]): readonly string[] => [
  ...new Set(services.map(({ namespace }) => namespace)),
]
