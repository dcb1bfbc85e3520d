import type { At } from '#decode/json/at.ts'
import type { GatewayAddress, Locality, Workload } from '#model/ztunnel.ts'
import { hbonePort, maxPort, readGatewayAddress, readIp } from './gateway-address.ts'

const maxU32 = 4_294_967_295
const healths = ['Healthy', 'Unhealthy'] as const
const networkModes = ['Standard', 'HostNetwork'] as const

/**
 * A workload of any era; defaults for absent members are those of specs/ztunnel.md §2.1 and §3.3.
 * `key` is its key in a map of workloads: 1.18 and older know a workload by its address alone, which then is the uid.
 */
export const readWorkload = (at: At, key?: string): Workload | undefined => {
  const identity = readIdentity(at)
  const uid = at.text('uid') || (key === undefined ? undefined : readIp(key))
  const name = at.text('name')
  if (!uid && name === undefined) return at.wrong('uid', 'a workload with uid or name')
  const network = at.text('network') ?? ''
  return {
    uid: uid || '',
    name: name ?? '',
    namespace: at.text('namespace') ?? '',
    trustDomain: at.text('trustDomain') ?? identity?.trustDomain ?? '',
    serviceAccount: at.text('serviceAccount', 'service_account') ?? identity?.serviceAccount ?? '',
    workloadIps: readIps(at),
    network,
    protocol: readProtocol(at),
    networkMode: at.oneOf('networkMode', networkModes) ?? 'Standard',
    hostname: at.text('hostname') ?? '',
    node: at.text('node') ?? '',
    nativeTunnel: at.flag('nativeTunnel', at.has('native_hbone') ? 'native_hbone' : 'nativeHbone') ?? false,
    applicationTunnel: readApplicationTunnel(at),
    waypoint: readWaypoint(at),
    networkGateway: readGateway(at),
    gatewayAddress: at.text('gatewayAddress', 'gateway_ip' in at.members ? 'gateway_ip' : 'gateway_address'),
    workloadName: at.text('workloadName', 'workload_name') ?? '',
    workloadType: at.text('workloadType', 'workload_type') ?? '',
    canonicalName: at.text('canonicalName', 'canonical_name') ?? '',
    canonicalRevision: at.text('canonicalRevision', 'canonical_revision') ?? '',
    clusterId: at.text('clusterId', 'cluster_id') ?? '',
    locality: readLocality(at),
    status: at.oneOf('status', healths) ?? 'Healthy',
    capacity: at.whole('capacity', maxU32) ?? 1,
    authorizationPolicies: at.texts('authorizationPolicies', 'authorization_policies'),
    services: at.has('services') ? at.texts('services') : undefined,
    pointer: at.pointer,
    unread: at.unread(),
    damaged: at.damaged,
  }
}

/** Until March 2023 the trust domain was fixed; the oldest dumps print the whole identity instead of its parts. */
const readIdentity = (at: At): { readonly trustDomain: string; readonly serviceAccount: string } | undefined => {
  if (!at.has('workload_ip') && !at.has('workloadIp')) return undefined
  at.skip('enforce')
  const [, trustDomain = 'cluster.local', serviceAccount = ''] =
    /^spiffe:\/\/([^/]*)\/ns\/[^/]*\/sa\/([^/]*)$/.exec(at.text('identity') ?? '') ?? []
  return { trustDomain, serviceAccount }
}

const readIps = (at: At): readonly string[] => {
  const single = at.has('workloadIp') ? 'workloadIp' : 'workload_ip'
  if (!at.has(single)) return at.list('workloadIps', undefined, 'an IP address', readIp)
  const ip = readIp(at.raw(single))
  if (ip !== undefined) return [ip]
  at.wrong(single, 'an IP address')
  return []
}

const readProtocol = (at: At): Workload['protocol'] => {
  const value = at.text('protocol')
  if (value === 'HBONE' || value === 'Hbone') return 'HBONE'
  if (value !== 'TCP' && value !== 'Tcp') at.wrong('protocol', 'TCP | HBONE')
  return 'TCP'
}

const readGateway = (at: At): GatewayAddress | undefined => {
  const gateway = at.object('networkGateway')
  return gateway && readGatewayAddress(gateway)
}

const olderWaypoints = ['waypointAddresses', 'waypoint_addresses', 'waypoint_address', 'remote_proxy']

/** One object since 1.19; before, a list of addresses, and at first one address. */
const readWaypoint = (at: At): GatewayAddress | undefined => {
  const waypoint = at.object('waypoint')
  if (waypoint !== undefined) return readGatewayAddress(waypoint)
  const older = olderWaypoints.find(name => name in at.members)
  const value = older === undefined ? undefined : at.raw(older)
  const [first, ...more] = Array.isArray(value) ? value : [value]
  if (older === undefined || first === undefined || first === null) return undefined
  const ip = readIp(first)
  if (ip === undefined || more.length > 0) at.wrong(older, 'one IP address')
  return ip === undefined ? undefined : { destination: { kind: 'address', network: '', ip }, hboneMtlsPort: hbonePort }
}

/** istioctl writes `{"protocol":""}` where a workload has none. */
const readApplicationTunnel = (at: At): Workload['applicationTunnel'] => {
  const tunnel = at.object('applicationTunnel')
  const protocol = tunnel?.oneOf('protocol', ['NONE', 'PROXY'])
  const port = tunnel?.whole('port', maxPort)
  return protocol === undefined && port === undefined ? undefined : { protocol: protocol ?? 'NONE', port }
}

/** ztunnel leaves out an empty one, istioctl writes `{}`. */
const readLocality = (at: At): Locality | undefined => {
  const locality = at.object('locality')
  const region = locality?.text('region') ?? ''
  const zone = locality?.text('zone') ?? ''
  const subzone = locality?.text('subzone') ?? ''
  return region === '' && zone === '' && subzone === '' ? undefined : { region, zone, subzone }
}
