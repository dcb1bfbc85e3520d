import { kindKey } from '#model/kubernetes.ts'

/** Kinds that say something about an ambient mesh; a snapshot keeps each under its plural in lower case. */
const meshKinds: readonly string[] = [
  'AuthorizationPolicy',
  'ConfigMap',
  'DaemonSet',
  'Deployment',
  'DestinationRule',
  'EndpointSlice',
  'EnvoyFilter',
  'GRPCRoute',
  'Gateway',
  'GatewayClass',
  'HTTPRoute',
  'Job',
  'Namespace',
  'NetworkPolicy',
  'Node',
  'PeerAuthentication',
  'Pod',
  'ProxyConfig',
  'ReferenceGrant',
  'ReplicaSet',
  'RequestAuthentication',
  'Service',
  'ServiceAccount',
  'ServiceEntry',
  'Sidecar',
  'StatefulSet',
  'TCPRoute',
  'TLSRoute',
  'Telemetry',
  'VirtualService',
  'WasmPlugin',
  'WorkloadEntry',
  'WorkloadGroup',
]

const pluralOf = (kind: string): string => {
  const lower = kind.toLowerCase()
  if (lower.endsWith('y') && !lower.endsWith('ay')) return `${lower.slice(0, -1)}ies`
  return /(s|ss|x|ch)$/.test(lower) ? `${lower}es` : `${lower}s`
}

const byFileName = new Map(
  meshKinds.flatMap(
    kind =>
      [
        [pluralOf(kind), kind],
        [kind.toLowerCase(), kind],
      ] as const,
  ),
)

/** What a list holds: told by its own kind (`PodList`), or by the file's name where it is a plain `List`. */
export const kindOfList = (listKind: string, apiVersion: string, fileName: string): string | undefined =>
  listKind === 'List'
    ? byFileName.get(fileName.replace(/\..*$/, '').toLowerCase())
    : kindKey({ apiVersion, kind: listKind.slice(0, -'List'.length) })
