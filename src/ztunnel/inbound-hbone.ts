import type { Service, Workload } from '#model/ztunnel.ts'
import { isIpv6, type SocketAddress } from '#reason/address.ts'
import { findAddress, findWorkloadByAddress } from './address-lookup.ts'
import { type Authority, parseAuthority } from './authority.ts'
import { authorize, rejectionText } from './authorize.ts'
import { certain } from './damage.ts'
import { isWaypointBehind } from './gateway.ts'
import {
  type HboneRequest,
  type InboundDecision,
  type InboundResult,
  type InboundTarget,
  inboundKey,
  type Rejected,
  rejected,
} from './inbound.ts'
import { decideInboundBeforeSplit } from './inbound-before-split.ts'
import { findServiceByHostname } from './service-lookup.ts'
import { findLocalWorkload, type LocalPod } from './source.ts'
import type { ZtunnelStep } from './steps.ts'
import { type Doubts, explore, type Walk } from './walk.ts'
import type { ZtunnelIndex } from './ztunnel-index.ts'

/** What the destination ztunnel does with an HBONE request after TLS (specs/ztunnel.md §5.1). */
export const decideInboundHbone = (index: ZtunnelIndex, request: HboneRequest, doubts: Doubts = {}): InboundDecision =>
  explore(walk => certain(index, walk.steps, admit(index, walk, request)), inboundKey, doubts)

const admit = (index: ZtunnelIndex, walk: Walk<ZtunnelStep>, request: HboneRequest): InboundResult => {
  const { behaviour } = index
  const { method = 'CONNECT', connection, pod } = request
  if (method !== 'CONNECT')
    return rejected(behaviour.nonConnectStatus, 'not-connect', `expected method CONNECT, got ${method}`)
  const authority = readAuthority(index, request.authority)
  if (authority.kind === 'refused') return authority
  if (!behaviour.waypointsAreSplit) return decideInboundBeforeSplit(index, walk, request, authority)
  const workload = findDestination(index, walk, pod, connection.ip)
  if ('kind' in workload) return workload
  const target = findTarget(index, walk, workload, request, authority)
  if ('code' in target) return target
  const { upstream: dst } = target
  const decision = authorize(index, walk, pod, { src: request.src, dst, identity: request.identity })
  if (decision.kind === 'undetermined') return decision
  if (decision.kind === 'refused') {
    const { code, text, rbac } = decision
    return { ...rejected(401, code, rejectionText(text)), ...(rbac && { rbac }), target }
  }
  return { kind: 'admitted', ...target, rbac: decision.rbac }
}

const readAuthority = ({ behaviour }: ZtunnelIndex, text: string): Authority | Rejected => {
  const authority = parseAuthority(text)
  if (behaviour.hostnameAuthority)
    return authority ?? rejected(400, 'bad-authority', `no valid authority pseudo header: ${text}`)
  if (authority?.kind === 'address') return authority
  return rejected(400, 'bad-authority', `invalid CONNECT address ${text}`)
}

/** Up to 1.23 the workload at the address of the connection. */
const findDestination = (
  index: ZtunnelIndex,
  walk: Walk<ZtunnelStep>,
  pod: LocalPod,
  ip: string,
): Workload | Rejected => {
  if (index.behaviour.rbacDestination === 'pod-info') {
    const workload = findLocalWorkload(index, walk, pod)
    return 'kind' in workload ? { ...workload, status: 503 } : workload
  }
  const workload = findWorkloadByAddress(index, walk, { network: index.dump.config.network, ip })
  return workload ?? rejected(400, 'unknown-destination', `unknown destination: ${ip}`)
}

const selfCall = (status: number): Rejected => rejected(status, 'self-call', 'attempted recursive call to ourselves')

/** The destination check, then the port, then the application tunnel (specs/ztunnel.md §5.1 I6–I9). */
const findTarget = (
  index: ZtunnelIndex,
  walk: Walk<ZtunnelStep>,
  workload: Workload,
  { connection }: HboneRequest,
  authority: Authority,
): InboundTarget | Rejected => {
  const { inboundSelfCall } = index.behaviour
  const { illegalPorts } = index.dump.config
  if (inboundSelfCall === 'first-400' && illegalPorts.includes(authority.port)) return selfCall(400)
  if (authority.kind === 'address' && !takesAddress(index, walk, workload, connection.ip, authority.ip))
    return rejected(400, 'ip-mismatch', `ip mismatch: ${connection.ip} != ${authority.ip}`)
  if (inboundSelfCall === 'after-address-400' && illegalPorts.includes(authority.port)) return selfCall(400)
  const resolved = resolvePort(index, workload, authority)
  if ('code' in resolved) return resolved
  if (inboundSelfCall === 'after-port-503' && illegalPorts.includes(resolved.port)) return selfCall(503)
  return throughTunnel(index, workload, { ip: connection.ip, port: resolved.port }, authority, resolved.service)
}

/** The pod's own address, any address with an application tunnel, or one whose waypoint the pod is. */
const takesAddress = (
  index: ZtunnelIndex,
  walk: Walk<ZtunnelStep>,
  workload: Workload,
  ownIp: string,
  askedIp: string,
): boolean => {
  if (askedIp === ownIp) return true
  if (index.behaviour.tunnelTakesAnyAddress && workload.applicationTunnel !== undefined) return true
  const asked = findAddress(index, walk, { network: index.dump.config.network, ip: askedIp })
  const reference = asked?.kind === 'service' ? asked.found.service.waypoint : asked?.workload.waypoint
  return reference !== undefined && isWaypointBehind({ index, walk }, reference, workload, ownIp)
}

const resolvePort = (
  index: ZtunnelIndex,
  workload: Workload,
  authority: Authority,
): { readonly port: number; readonly service?: Service } | Rejected => {
  if (authority.kind === 'address') return { port: authority.port }
  const { hostname, port } = authority
  const service = findServiceByHostname(index, hostname, workload.namespace)
  if (service === undefined)
    return rejected(503, 'unknown-hostname', `no service or workload for hostname: ${hostname}`)
  const own = service.endpoints.find(({ workloadUid }) => workloadUid === workload.uid)?.ports.get(port)
  const target = own ?? service.ports.get(port) ?? 0
  if (own === undefined && target === 0)
    return rejected(503, 'port-not-resolved', `requested service ${hostname}:${port} found, but cannot resolve port`)
  return { port: target, service }
}

const throughTunnel = (
  { behaviour, dump }: ZtunnelIndex,
  workload: Workload,
  own: SocketAddress,
  authority: Authority,
  service: Service | undefined,
): InboundTarget | Rejected => {
  const tunnel = workload.applicationTunnel
  if (tunnel === undefined) return { workload, upstream: own, throughLoopback: false }
  const target = authority.kind === 'address' ? authority : vipOf(dump.config.network, authority.port, service)
  if (target === undefined)
    return rejected(
      503,
      'service-without-address',
      `requested service ${service?.hostname} found, but has no IP addresses`,
    )
  return {
    workload,
    upstream: { ip: own.ip, port: tunnel.port ?? own.port },
    tunnel: { protocol: tunnel.protocol, target: { ip: target.ip, port: target.port } },
    throughLoopback:
      tunnel.protocol === 'PROXY' && behaviour.loopbackApplicationTunnel && dump.config.localhostAppTunnel,
  }
}

/** A VIP on this network, IPv4 first, else any; the last of equals. */
const vipOf = (network: string, port: number, service: Service | undefined): SocketAddress | undefined => {
  const rank = (vip: { readonly network: string; readonly ip: string }) =>
    vip.network !== network ? 0 : isIpv6(vip.ip) ? 1 : 2
  const vips = service?.vips ?? []
  const highest = Math.max(...vips.map(rank))
  const vip = vips.filter(one => rank(one) === highest).at(-1)
  return vip === undefined ? undefined : { ip: vip.ip, port }
}
