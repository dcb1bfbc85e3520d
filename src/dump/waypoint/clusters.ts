import { listAt, numberAt, objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyDump, EnvoyJson, EnvoyResource } from '#model/envoy.ts'
import type { ObjectRef } from '#model/evidence.ts'
import { originOf } from '#waypoint/origin.ts'
import { internalAddress } from './address.ts'
import { byClusterName, parseClusterName } from './cluster-name.ts'
import { managedBy } from './origin.ts'
import { inListOrder, type ResourceFacts, resourceFacts } from './resource.ts'
import { clusterProtocol, clusterTransport } from './transport.ts'

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
    connectTimeout: textAt(config, 'connect_timeout') ?? '5s',
    via: viaText(config),
  }
}

const policyText = (config: EnvoyJson): string => {
  const policy = textAt(config, 'lb_policy') ?? 'ROUND_ROBIN'
  const choices = objectsAt(config, 'load_balancing_policy', 'policies').map(
    choice => textAt(choice, 'typed_extension_config', 'name') ?? '?',
  )
  return choices.length === 0 ? policy : choices.join(' else ')
}

const loadBalancingText = (config: EnvoyJson): string => {
  const common = objectAt(config, 'common_lb_config')
  const panic = objectAt(common, 'healthy_panic_threshold')
  return [
    policyText(config),
    ...(objectAt(common, 'locality_weighted_lb_config') === undefined ? [] : ['weighted localities']),
    ...(panic === undefined ? [] : [`panic below ${numberAt(panic, 'value') ?? 0}% healthy`]),
    ...(objectAt(config, 'lb_subset_config') === undefined ? [] : ['subsets']),
  ].join(', ')
}

const outlierText = (config: EnvoyJson): string => {
  const outlier = objectAt(config, 'outlier_detection')
  if (outlier === undefined) return ''
  return Object.entries(outlier)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(',')
}

/** Istio writes the largest 32-bit number where nothing limits. */
const unlimited = 4294967295

const circuitText = (config: EnvoyJson): string =>
  objectsAt(config, 'circuit_breakers', 'thresholds')
    .flatMap(threshold => {
      const priority = textAt(threshold, 'priority')
      const limits = Object.entries(threshold).filter(([, value]) => typeof value === 'number' && value !== unlimited)
      return limits.map(([name, value]) => `${priority === undefined ? '' : `${priority} `}${name}=${String(value)}`)
    })
    .join(',')

const viaText = (config: EnvoyJson): string => {
  const original = objectAt(config, 'original_dst_lb_config')
  if (textAt(config, 'type') === 'ORIGINAL_DST')
    return `original destination${numberAt(original, 'upstream_port_override') === undefined ? '' : `, port ${numberAt(original, 'upstream_port_override')}`}`
  const inline = listAt(config, 'load_assignment', 'endpoints')
    .flatMap(locality => objectsAt(locality, 'lb_endpoints'))
    .map(endpoint => internalAddress(objectAt(endpoint, 'endpoint', 'address')))
    .filter(address => address !== undefined)
  return inline.join(',')
}
