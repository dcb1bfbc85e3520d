import type { Authorization, Service, Workload, ZtunnelDump } from '#model/ztunnel.ts'
import { type Cidr, parseCidr } from '#reason/cidr.ts'
import { type Behaviour, behaviourOf } from './behaviour.ts'
import { type CompiledPolicy, compilePolicy } from './rbac/compile.ts'

export interface CidrService {
  readonly cidr: Cidr
  readonly service: Service
}

/** A dump with the look-ups that its ztunnel has. Build it once a dump. */
export interface ZtunnelIndex {
  readonly dump: ZtunnelDump
  readonly behaviour: Behaviour
  /** Some workload or service could not be read whole, or not at all. */
  readonly isDamaged: boolean
  readonly workloadsByUid: ReadonlyMap<string, Workload>
  /** `net/ip` → every workload that lists the address and may answer for it. */
  readonly workloadsByAddress: ReadonlyMap<string, readonly Workload[]>
  /** `ns/name/serviceAccount` → workloads of this ztunnel's node (of all nodes when it knows none). */
  readonly workloadsByPodInfo: ReadonlyMap<string, readonly Workload[]>
  /** `ns/host` → workloads addressed by that DNS name. */
  readonly workloadsByHostname: ReadonlyMap<string, readonly Workload[]>
  readonly servicesByKey: ReadonlyMap<string, Service>
  /** Hostname → services in the order of the dump, which is ztunnel's own order within one hostname. */
  readonly servicesByHostname: ReadonlyMap<string, readonly Service[]>
  readonly servicesByVip: ReadonlyMap<string, readonly Service[]>
  /** Network → services with an address block there. */
  readonly servicesByCidr: ReadonlyMap<string, readonly CidrService[]>
  /** `ns/host` → workloads that say they belong to the service. */
  readonly workloadsByService: ReadonlyMap<string, readonly Workload[]>
  /** Namespaces of services that workloads still list and that are gone: a deletion takes VIPs from siblings too (C2). */
  readonly namespacesOfDeletedServices: ReadonlySet<string>
  readonly policiesByKey: ReadonlyMap<string, CompiledPolicy>
  readonly policiesByNamespace: ReadonlyMap<string, readonly CompiledPolicy[]>
  readonly globalPolicies: readonly CompiledPolicy[]
}

export const addressKey = (network: string, ip: string): string => `${network}/${ip}`
export const serviceKey = (service: { readonly namespace: string; readonly hostname: string }): string =>
  `${service.namespace}/${service.hostname}`
export const podKey = (pod: { readonly namespace: string; readonly name: string; readonly serviceAccount: string }) =>
  `${pod.namespace}/${pod.name}/${pod.serviceAccount}`
export const policyKey = (policy: { readonly namespace: string; readonly name: string }): string =>
  `${policy.namespace}/${policy.name}`

export const indexZtunnel = (dump: ZtunnelDump, behaviour: Behaviour = behaviourOf(dump.version)): ZtunnelIndex => {
  const policies = dump.policies.map(policy => compilePolicy(policy, behaviour, dump.file))
  return {
    dump,
    behaviour,
    isDamaged: isDamaged(dump),
    ...indexWorkloads(dump, behaviour),
    ...indexServices(dump),
    namespacesOfDeletedServices: namespacesOfDeleted(dump),
    policiesByKey: new Map(policies.map(compiled => [policyKey(compiled.policy), compiled])),
    policiesByNamespace: grouped(
      policies.filter(({ policy }) => policy.scope === 'Namespace'),
      ({ policy }) => [policy.namespace],
    ),
    globalPolicies: policies.filter(({ policy }) => isGlobal(policy)),
  }
}

const isDamaged = ({ workloads, services, unreadable }: ZtunnelDump): boolean =>
  unreadable.includes('workloads') ||
  unreadable.includes('services') ||
  [...workloads, ...services].some(({ damaged }) => damaged === true)

/** ztunnel keeps global policies under the empty namespace, where a namespace policy without namespace lands too. */
const isGlobal = (policy: Authorization): boolean =>
  policy.scope === 'Global' || (policy.scope === 'Namespace' && policy.namespace === '')

const indexWorkloads = (dump: ZtunnelDump, behaviour: Behaviour) => {
  const hasAddresses = (workload: Workload) =>
    behaviour.hostNetworkHasAddresses || workload.networkMode !== 'HostNetwork'
  return {
    workloadsByUid: new Map(dump.workloads.map(workload => [workload.uid, workload])),
    workloadsByAddress: grouped(dump.workloads, workload =>
      hasAddresses(workload) ? workload.workloadIps.map(ip => addressKey(workload.network, ip)) : [],
    ),
    workloadsByPodInfo: podsOnNode(dump),
    workloadsByHostname: grouped(dump.workloads, workload => (workload.hostname === '' ? [] : [serviceKey(workload)])),
    workloadsByService: grouped(dump.workloads, workload => workload.services ?? []),
  }
}

const podsOnNode = ({ config: { localNode }, workloads }: ZtunnelDump): ZtunnelIndex['workloadsByPodInfo'] =>
  grouped(workloads, workload => (localNode === undefined || workload.node === localNode ? [podKey(workload)] : []))

/** The index as the ztunnel of another node would have it: istiod sends all of them the same, only their pods differ. */
export const asOnNode = (index: ZtunnelIndex, node: string): ZtunnelIndex => {
  const dump = { ...index.dump, config: { ...index.dump.config, localNode: node } }
  return { ...index, dump, workloadsByPodInfo: podsOnNode(dump) }
}

/**
 * A workload that lists a service ztunnel does not know is staged until that service comes. One that is not staged has
 * seen the service come and go.
 */
const namespacesOfDeleted = (dump: ZtunnelDump): ReadonlySet<string> => {
  const { workloads, services, stagedServices, issues, missing } = dump
  if (missing.includes('services') || issues.length > 0) return new Set()
  const known = new Set(services.map(serviceKey))
  const staged = new Map(stagedServices.map(({ service, endpoints }) => [service, endpoints]))
  const isStaged = (key: string, { uid }: Workload) =>
    staged.get(key)?.some(({ workloadUid }) => workloadUid === uid) === true
  const gone = workloads.flatMap(workload =>
    (workload.services ?? []).filter(key => !known.has(key) && !isStaged(key, workload)),
  )
  return new Set(gone.map(key => key.slice(0, key.indexOf('/'))))
}

const indexServices = (dump: ZtunnelDump) => ({
  servicesByKey: new Map(dump.services.map(service => [serviceKey(service), service])),
  servicesByHostname: grouped(dump.services, service => [service.hostname]),
  servicesByVip: grouped(dump.services, service => [
    ...new Set(service.vips.map(({ network, ip }) => addressKey(network, ip))),
  ]),
  servicesByCidr: indexCidrs(dump.services),
})

const indexCidrs = (services: readonly Service[]): ReadonlyMap<string, readonly CidrService[]> => {
  const byNetwork = new Map<string, CidrService[]>()
  for (const service of services) {
    for (const { network, cidr: text } of service.cidrVips) {
      const cidr = parseCidr(text)
      if (cidr === undefined) continue
      const known = byNetwork.get(network)
      if (known === undefined) byNetwork.set(network, [{ cidr, service }])
      else known.push({ cidr, service })
    }
  }
  return byNetwork
}

const grouped = <T>(items: readonly T[], keysOf: (item: T) => readonly string[]): ReadonlyMap<string, readonly T[]> => {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    for (const key of keysOf(item)) {
      const group = groups.get(key)
      if (group === undefined) groups.set(key, [item])
      else group.push(item)
    }
  }
  return groups
}
