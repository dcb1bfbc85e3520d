import type { GatewayAddress, GatewayDestination, Workload } from '#model/ztunnel.ts'
import type { Behaviour } from './behaviour.ts'

/** ztunnel prints some values in Rust's debug form inside error texts; these are those forms. */
export const gatewayDebug = ({ destination, hboneMtlsPort }: GatewayAddress): string =>
  `GatewayAddress { destination: ${destinationDebug(destination)}, hbone_mtls_port: ${hboneMtlsPort} }`

export const podInfoDebug = (pod: {
  readonly name: string
  readonly namespace: string
  readonly serviceAccount: string
}): string =>
  `WorkloadInfo { name: ${quoted(pod.name)}, namespace: ${quoted(pod.namespace)}, service_account: ${quoted(pod.serviceAccount)} }`

/** `Workload{cart with uid … (HBONE)}`; up to 1.22 it also names the gateway (ztunnel-measured.md C12). */
export const workloadText = (workload: Workload, behaviour: Behaviour, gateway?: string): string => {
  const via = behaviour.workloadTextNamesGateway ? ` via ${gateway ?? workload.gatewayAddress ?? 'None'}` : ''
  return `Workload{${workload.name} with uid ${workload.uid}${via} (${workload.protocol})}`
}

const destinationDebug = (destination: GatewayDestination): string =>
  destination.kind === 'address'
    ? `Address(NetworkAddress { network: ${quoted(destination.network)}, address: ${destination.ip} })`
    : `Hostname(NamespacedHostname { namespace: ${quoted(destination.namespace)}, hostname: ${quoted(destination.hostname)} })`

const quoted = (text: string): string => JSON.stringify(text)
