import type { Endpoint, GatewayAddress, ZtunnelDump } from '#model/ztunnel.ts'

/** The first place where a decoded dump breaks its own types, or undefined. Engines trust them. */
export const breach = (dump: ZtunnelDump): string | undefined => {
  for (const found of breaches(dump)) return found
  return undefined
}

function* breaches(dump: ZtunnelDump): Generator<string> {
  for (const workload of dump.workloads) {
    const { uid, name, namespace, trustDomain, serviceAccount, network, hostname, node, clusterId } = workload
    const texts = [
      uid,
      name,
      namespace,
      trustDomain,
      serviceAccount,
      network,
      hostname,
      node,
      clusterId,
      workload.pointer,
    ]
    if (!texts.every(isText)) yield `${workload.pointer}: a text is none`
    if (!workload.workloadIps.every(isIp)) yield `${workload.pointer}: an address is none`
    if (!['TCP', 'HBONE'].includes(workload.protocol)) yield `${workload.pointer}: protocol`
    if (!isWhole(workload.capacity, 2 ** 32)) yield `${workload.pointer}: capacity`
    if (!workload.authorizationPolicies.every(isText)) yield `${workload.pointer}: a policy key is no text`
    if (!isGateway(workload.waypoint) || !isGateway(workload.networkGateway)) yield `${workload.pointer}: gateway`
  }
  for (const service of dump.services) {
    if (![service.hostname, service.namespace, service.name].every(isText)) yield `${service.pointer}: a text is none`
    if (!service.vips.every(vip => isText(vip.network) && isIp(vip.ip))) yield `${service.pointer}: vips`
    if (!isPorts(service.ports) || !service.endpoints.every(isEndpoint)) yield `${service.pointer}: ports`
    if (!isGateway(service.waypoint)) yield `${service.pointer}: waypoint`
  }
  for (const policy of dump.policies) {
    if (![policy.name, policy.namespace].every(isText)) yield `${policy.pointer}: a text is none`
    for (const match of policy.rules.flat(2)) {
      if (![...match.destinationPorts, ...match.notDestinationPorts].every(port => isWhole(port, 65_535)))
        yield `${policy.pointer}: ports`
      if (![...match.sourceIps, ...match.notSourceIps].every(cidr => /^[0-9a-f.:]+\/\d+$/i.test(cidr)))
        yield `${policy.pointer}: ips`
    }
  }
  for (const { podUid, state, connections } of dump.pods ?? [])
    if (!isText(podUid) || !isText(state) || !connections.every(({ src }) => isText(src))) yield `pod ${podUid}`
  if (!isWhole(dump.version.minor, 1000) || !dump.config.illegalPorts.every(port => isWhole(port, 65_535)))
    yield 'config'
}

const isText = (value: unknown): boolean => typeof value === 'string'
const isIp = (value: unknown): boolean => typeof value === 'string' && /^[0-9a-f.:]+$/.test(value)
const isWhole = (value: unknown, max: number): boolean =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= max
const isPorts = (ports: ReadonlyMap<number, number>): boolean =>
  [...ports].every(pair => pair.every(port => isWhole(port, 65_535)))
const isEndpoint = ({ workloadUid, ports }: Endpoint): boolean => isText(workloadUid) && isPorts(ports)
const isGateway = (gateway: GatewayAddress | undefined): boolean =>
  gateway === undefined || isWhole(gateway.hboneMtlsPort, 65_535)
