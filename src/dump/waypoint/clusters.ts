import { listAt, numberAt, objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyDump, EnvoyJson, EnvoyResource } from '#model/envoy.ts'
import type { ObjectRef } from '#model/evidence.ts'
import { originOf } from '#waypoint/origin.ts'
import { internalAddress } from './address.ts'
import { byClusterName, parseClusterName } from './cluster-name.ts'
import { managedBy } from './origin.ts'
import { inListOrder, type ResourceFacts, resourceFacts } from './resource.ts'
import { clusterProtocol, clusterTransport } from './transport.ts'
import { circuitText, healthCheckText, loadBalancingText, outlierText } from './words/upstream.ts'

export interface ClusterRow extends ResourceFacts {
  readonly name: string
  readonly fqdn: string
  /** `-` where the name has no such field. */
  readonly port: string
  readonly subset: string
  readonly direction: string
  readonly type: string
  readonly destinationRule: string
  readonly origin?: ObjectRef
  readonly transport: string
  readonly protocol: string
  readonly loadBalancing: string
  readonly outlier: string
  readonly circuit: string
  /** What Envoy itself asks the hosts. */
  readonly healthChecks: string
  readonly connectTimeout: string
  /** Where its connections go when not to endpoints: another listener, the original destination. */
  readonly via: string
}

export interface ClusterWish {
  readonly fqdn?: string | undefined
  readonly port?: number | undefined
  readonly subset?: string | undefined
  readonly direction?: string | undefined
}

/** istioctl's filters: all but the port are substrings of the whole name. */
const clusterWanted = (name: string, { fqdn, port, subset, direction }: ClusterWish): boolean =>
  [fqdn, subset, direction].every(part => part === undefined || name.includes(part)) &&
  (port === undefined || name.includes(`|${port}|`))

export const wantedClusters = (dump: EnvoyDump, wish: ClusterWish): readonly EnvoyResource[] =>
  inListOrder(dump.clusters)
    .filter(({ name }) => clusterWanted(name, wish))
    .toSorted((a, b) => byClusterName(a.name, b.name))

export const clusterRows = (dump: EnvoyDump, wish: ClusterWish = {}): readonly ClusterRow[] =>
  wantedClusters(dump, wish).map(resource => rowOf(dump, resource))

const rowOf = (dump: EnvoyDump, resource: EnvoyResource): ClusterRow => {
  const { config, name } = resource
  const parts = parseClusterName(name)
  const origin = originOf(config)
  return {
    ...resourceFacts(dump, resource),
    name,
    fqdn: parts?.host ?? name,
    port: parts === undefined ? '-' : `${parts.port}`,
    subset: parts === undefined || parts.subset === '' ? '-' : parts.subset,
    direction: parts?.direction ?? '-',
    type: textAt(config, 'type') ?? textAt(config, 'cluster_type', 'name') ?? 'STATIC',
    destinationRule: managedBy(config),
    ...(origin === undefined ? {} : { origin }),
    transport: clusterTransport(config),
    protocol: clusterProtocol(config),
    loadBalancing: loadBalancingText(config),
    outlier: outlierText(config),
    circuit: circuitText(config),
    healthChecks: healthCheckText(config),
    connectTimeout: textAt(config, 'connect_timeout') ?? '5s',
    via: viaText(config),
  }
}

export type HostChoice = 'listed' | 'original destination' | 'asked host'

/** Whether the hosts of a cluster are a list, or come with each connection or request. */
export const hostChoiceOf = (config: EnvoyJson | undefined): HostChoice => {
  if (textAt(config, 'type') === 'ORIGINAL_DST') return 'original destination'
  return textAt(config, 'cluster_type', 'typed_config', '@type')?.endsWith('.dynamic_forward_proxy.v3.ClusterConfig')
    ? 'asked host'
    : 'listed'
}

const viaText = (config: EnvoyJson): string => {
  const original = objectAt(config, 'original_dst_lb_config')
  const choice = hostChoiceOf(config)
  if (choice === 'asked host') return 'asked host, by DNS'
  if (choice === 'original destination')
    return `original destination${numberAt(original, 'upstream_port_override') === undefined ? '' : `, port ${numberAt(original, 'upstream_port_override')}`}`
  const inline = listAt(config, 'load_assignment', 'endpoints')
    .flatMap(locality => objectsAt(locality, 'lb_endpoints'))
    .map(endpoint => internalAddress(objectAt(endpoint, 'endpoint', 'address')))
    .filter(address => address !== undefined)
  return inline.join(',')
}
