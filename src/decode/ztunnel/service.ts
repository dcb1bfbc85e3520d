import { type At, asObject, isWhole } from '#decode/json/at.ts'
import { canonicalIp } from '#model/ip.ts'
import type { Endpoint, GatewayAddress, LoadBalancer, PortMap, RoutingPreference, Service } from '#model/ztunnel.ts'
import { maxPort, readGatewayAddress, readNetworkAddress } from './gateway-address.ts'

const maxU32 = 4_294_967_295
const healths = ['Healthy', 'Unhealthy'] as const
const families = ['Dual', 'IPv4', 'IPv6'] as const
const visibilities = ['Public', 'Namespace'] as const
const preferences: readonly RoutingPreference[] = ['Region', 'Zone', 'Subzone', 'Node', 'Cluster', 'Network']

/** A service object, 1.19 and later (specs/ztunnel.md §2.2, §3.3). Its key is `namespace/hostname`, so a hostname is needed. */
export const readService = (at: At): Service | undefined => {
  const hostname = at.text('hostname')
  if (hostname === undefined) return at.has('hostname') ? undefined : at.wrong('hostname', 'a service with a hostname')
  const ports = readPorts(at, 'ports')
  return {
    name: at.text('name') ?? '',
    namespace: at.text('namespace') ?? '',
    hostname,
    vips: at.list('vips', undefined, 'network/ip', readNetworkAddress),
    cidrVips: at.list('cidrVips', undefined, '{network, cidr} or network/cidr', readCidrVip),
    ports,
    endpoints: readEndpoints(at, ports),
    subjectAltNames: at.texts('subjectAltNames'),
    waypoint: readWaypoint(at),
    weightedWaypoints: readWeightedWaypoints(at),
    loadBalancer: readLoadBalancer(at),
    ipFamilies: at.oneOf('ipFamilies', families),
    canonical: at.flag('canonical') ?? false,
    visibility: at.oneOf('visibility', visibilities) ?? 'Public',
    pointer: at.pointer,
    unread: at.unread(),
    damaged: at.damaged,
  }
}

const readEndpoints = (at: At, ports: PortMap): readonly Endpoint[] => {
  if (!Array.isArray(at.members.endpoints)) {
    const endpoints = at.object('endpoints')
    return endpoints === undefined ? [] : readEndpointMap(endpoints, ports)
  }
  return at.objects('endpoints').flatMap(endpoint => readEndpoint(endpoint, undefined, ports) ?? [])
}

/** Keyed by workload uid since 1.24, by `uid:network/ip` before (specs/ztunnel-measured.md C26). */
export const readEndpointMap = (at: At, servicePorts: PortMap): readonly Endpoint[] => {
  const found: Endpoint[] = []
  at.eachObject((member, key) => {
    const endpoint = readEndpoint(member, key, servicePorts)
    if (endpoint !== undefined) found.push(endpoint)
  })
  return found
}

const readEndpoint = (at: At, key: string | undefined, servicePorts: PortMap): Endpoint | undefined => {
  at.skip('service')
  const workloadUid = at.text('workloadUid') ?? key
  if (workloadUid === undefined) return at.wrong('workloadUid', 'the uid of a workload')
  const ports = readPorts(at, 'port')
  return {
    workloadUid,
    ports: samePorts(ports, servicePorts) ? servicePorts : ports,
    status: at.oneOf('status', healths) ?? 'Healthy',
    address: at.text('address'),
  }
}

/** Nearly all endpoints have the ports of their service: one map serves them all. */
const samePorts = (ports: PortMap, others: PortMap): boolean => {
  if (ports.size !== others.size) return false
  for (const [port, target] of ports) if (others.get(port) !== target) return false
  return true
}

/** `{"80": 8080}`: port → target port. */
const readPorts = (at: At, name: string): PortMap => {
  const found = new Map<number, number>()
  const ports = at.object(name)
  ports?.eachNumber((target, key) => {
    if (isPortText(key) && isWhole(target, maxPort)) found.set(Number(key), target)
    else ports.wrong(key, 'a port for a port')
  })
  return found
}

const isPortText = (text: string): boolean => /^\d{1,5}$/.test(text) && Number(text) <= maxPort

const readWaypoint = (at: At): GatewayAddress | undefined => {
  const waypoint = at.object('waypoint')
  return waypoint && readGatewayAddress(waypoint)
}

const readWeightedWaypoints = (at: At): Service['weightedWaypoints'] =>
  at.objects('weightedWaypoints').flatMap(weighted => {
    const destination = weighted.object('destination')
    const address = destination && readGatewayAddress(destination)
    const weight = weighted.whole('weight', maxU32)
    if (address !== undefined && weight !== undefined) return [{ destination: address, weight }]
    if (!weighted.has('destination') || !weighted.has('weight'))
      weighted.wrong('weight', 'a destination and its weight')
    return []
  })

/** An object since 1.30; istioctl writes `network/cidr`. */
const readCidrVip = (value: unknown): { network: string; cidr: string } | undefined => {
  if (typeof value === 'string') return splitCidrVip(value)
  const members = asObject(value)
  const { network, cidr } = members ?? {}
  return typeof network === 'string' && typeof cidr === 'string' && isCidr(cidr) ? { network, cidr } : undefined
}

const splitCidrVip = (text: string): { network: string; cidr: string } | undefined => {
  const slash = text.indexOf('/')
  const cidr = text.slice(slash + 1)
  return slash >= 0 && isCidr(cidr) ? { network: text.slice(0, slash), cidr } : undefined
}

/** `ip/prefix length`. */
export const isCidr = (text: string): boolean => {
  const slash = text.lastIndexOf('/')
  const [ip, length] = [text.slice(0, slash), text.slice(slash + 1)]
  if (slash < 0 || canonicalIp(ip) === undefined || !/^\d{1,3}$/.test(length)) return false
  return Number(length) <= (ip.includes(':') ? 128 : 32)
}

const readLoadBalancer = (at: At): LoadBalancer | undefined => {
  const balancer = at.object('loadBalancer')
  if (balancer === undefined) return undefined
  return {
    routingPreferences: balancer.list('routingPreferences', undefined, preferences.join(' | '), value =>
      preferences.find(known => known === value),
    ),
    mode: balancer.oneOf('mode', ['Standard', 'Strict', 'Failover', 'Passthrough']) ?? 'Standard',
    healthPolicy: balancer.oneOf('healthPolicy', ['OnlyHealthy', 'AllowAll']) ?? 'OnlyHealthy',
  }
}
