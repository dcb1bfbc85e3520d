import type { At } from '#decode/json/at.ts'
import type { ZtunnelConfig } from '#model/ztunnel.ts'
import { maxPort } from './gateway-address.ts'

/**
 * The members of `config` that change decisions; snake case up to 1.21. Absent ones take what that release did without
 * the setting (specs/ztunnel.md §2.7, ztunnel-measured.md C5, C25). `topLevelNode` is where 1.18 keeps the node.
 */
export const readConfig = (at: At, minor: number, topLevelNode?: string): ZtunnelConfig => ({
  network: at.text('network') ?? '',
  localNode: at.text('localNode', 'local_node') ?? topLevelNode,
  clusterId: at.text('clusterId', 'cluster_id') ?? 'Kubernetes',
  clusterDomain: at.text('clusterDomain', 'cluster_domain') ?? 'cluster.local',
  inpod: at.flag('inpodEnabled', 'inpod_enabled') ?? minor >= 23,
  illegalPorts: at.has('illegalPorts')
    ? at.list('illegalPorts', undefined, 'a port', readPort)
    : minor >= 22
      ? [15_008, 15_006, 15_001]
      : [],
  localhostAppTunnel: at.flag('localhostAppTunnel') ?? minor >= 26,
  ipv6Enabled: at.flag('ipv6Enabled') ?? readAdminIpv6(at) ?? true,
  preferredServiceNamespace: at.text('preferedServiceNamespace', 'preferredServiceNamespace'),
  dnsProxy: at.flag('dnsProxy', 'dns_proxy') ?? false,
  raw: at.members,
})

const readPort = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= maxPort ? value : undefined

/** 1.23–1.26 have no `ipv6Enabled`, but print it inside `"adminAddr": {"Localhost": [ipv6Enabled, port]}`. */
const readAdminIpv6 = (at: At): boolean | undefined => {
  const address = at.members.adminAddr
  if (typeof address !== 'object' || address === null || !('Localhost' in address)) return undefined
  const localhost = address.Localhost
  return Array.isArray(localhost) && typeof localhost[0] === 'boolean' ? localhost[0] : undefined
}
