import { type At, asObject } from '#decode/json/at.ts'
import { canonicalIp } from '#model/ip.ts'
import type { GatewayAddress, NetworkAddress, ServiceGlance, WorkloadGlance } from '#model/ztunnel.ts'
import { maxPort, readDestination, readNetworkAddress } from './gateway-address.ts'
import { readService } from './service.ts'
import { readWorkload } from './workload.ts'

type Members = Readonly<Record<string, unknown>>

/*
 * The members that the default tables show, read twenty times as fast as whole records. Only what is exactly as expected
 * is read here; anything else goes to the full reader, with its issues and its knowledge of older spellings.
 */

export const glanceWorkload = (at: At, key: string | undefined): WorkloadGlance | undefined =>
  quickWorkload(at.members) ?? readWorkload(at, key)

export const glanceService = (at: At): ServiceGlance | undefined => quickService(at.members) ?? readService(at)

/** Whether an element is exactly as expected, so that no reader finds anything odd in it. */
export const isAsExpected = (kind: string, value: unknown): boolean => {
  const members = asObject(value)
  if (members === undefined) return false
  if (kind === 'workload') return quickWorkload(members) !== undefined
  return kind === 'service' && quickService(members) !== undefined
}

const quickWorkload = (members: Members): WorkloadGlance | undefined => {
  const { uid, name, namespace, workloadIps, hostname = '', node = '', protocol, status } = members
  if (typeof uid !== 'string' || typeof name !== 'string' || typeof namespace !== 'string') return undefined
  if (typeof hostname !== 'string' || typeof node !== 'string') return undefined
  if (protocol !== 'TCP' && protocol !== 'HBONE') return undefined
  if (status !== 'Healthy' && status !== 'Unhealthy') return undefined
  if (!isIpList(workloadIps)) return undefined
  const waypoint = quickWaypoint(members.waypoint)
  if (waypoint === 'odd') return undefined
  return { uid, name, namespace, workloadIps, hostname, node, protocol, status, waypoint }
}

const isIpList = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isCanonicalIp)

const isCanonicalIp = (value: unknown): boolean => typeof value === 'string' && canonicalIp(value) === value

const quickWaypoint = (value: unknown): GatewayAddress | undefined | 'odd' => {
  if (value === undefined) return undefined
  const { destination: text, hboneMtlsPort } = asObject(value) ?? {}
  if (typeof text !== 'string' || !isPort(hboneMtlsPort)) return 'odd'
  const destination = readDestination(text)
  return destination === undefined ? 'odd' : { destination, hboneMtlsPort }
}

const isPort = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= maxPort

const quickService = (members: Members): ServiceGlance | undefined => {
  const { name, namespace, hostname } = members
  if (typeof name !== 'string' || typeof namespace !== 'string' || typeof hostname !== 'string') return undefined
  const vips = quickVips(members.vips)
  const endpoints = quickEndpoints(members.endpoints)
  const waypoint = quickWaypoint(members.waypoint)
  const loadBalancer = quickBalancer(members.loadBalancer)
  if (vips === undefined || endpoints === undefined || waypoint === 'odd' || loadBalancer === 'odd') return undefined
  return { name, namespace, hostname, vips, endpoints, waypoint, loadBalancer }
}

/** One object for each mode, not one for each service. */
const balancers: readonly NonNullable<ServiceGlance['loadBalancer']>[] = [
  { mode: 'Standard' },
  { mode: 'Strict' },
  { mode: 'Failover' },
  { mode: 'Passthrough' },
]

const quickBalancer = (value: unknown): ServiceGlance['loadBalancer'] | 'odd' => {
  if (value === undefined) return undefined
  const { mode } = asObject(value) ?? {}
  return balancers.find(balancer => balancer.mode === mode) ?? 'odd'
}

const quickVips = (value: unknown): readonly NetworkAddress[] | undefined => {
  if (!Array.isArray(value)) return undefined
  const vips: NetworkAddress[] = []
  for (const text of value) {
    const vip = readNetworkAddress(text)
    if (vip === undefined) return undefined
    vips.push(vip)
  }
  return vips
}

const quickEndpoints = (value: unknown): ServiceGlance['endpoints'] | undefined => {
  const members = asObject(value)
  if (members === undefined) return undefined
  const endpoints: { workloadUid: string }[] = []
  for (const key in members) {
    const { workloadUid } = asObject(members[key]) ?? {}
    if (typeof workloadUid !== 'string') return undefined
    endpoints.push({ workloadUid })
  }
  return endpoints
}
