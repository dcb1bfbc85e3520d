import { flagAt, numberAt, objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyHostHealth, EnvoyJson } from '#model/envoy.ts'

/** `10.1.2.3:80`, `envoy://LISTENER/ENDPOINT_ID` as Envoy prints addresses; a pipe is its path. */
const addressText = (address: unknown): string | undefined => {
  const socket = objectAt(address, 'socket_address')
  if (socket !== undefined) {
    const ip = textAt(socket, 'address') ?? ''
    return `${ip.includes(':') ? `[${ip}]` : ip}:${numberAt(socket, 'port_value') ?? 0}`
  }
  const internal = objectAt(address, 'envoy_internal_address')
  if (internal !== undefined)
    return `envoy://${textAt(internal, 'server_listener_name') ?? ''}/${textAt(internal, 'endpoint_id') ?? ''}`
  return textAt(address, 'pipe', 'path')
}

const outFlags = [
  'failed_active_health_check',
  'failed_outlier_check',
  'pending_dynamic_removal',
  'pending_active_hc',
  'excluded_via_immediate_hc_fail',
  'active_hc_timeout',
] as const
const edsOut = new Set(['UNHEALTHY', 'DRAINING', 'TIMEOUT'])

const readHost = (status: EnvoyJson): EnvoyHostHealth => {
  const health = objectAt(status, 'health_status')
  const edsHealth = textAt(health, 'eds_health_status')
  const flags = [
    ...outFlags.filter(flag => flagAt(health, flag) === true),
    ...(edsHealth !== undefined && edsOut.has(edsHealth) ? [`eds_health_status ${edsHealth}`] : []),
  ]
  const weight = numberAt(status, 'weight')
  return {
    address: addressText(objectAt(status, 'address')) ?? '',
    healthy: flags.length === 0,
    degraded: flagAt(health, 'failed_active_degraded_check') === true || edsHealth === 'DEGRADED',
    flags,
    ...(weight === undefined ? {} : { weight }),
    priority: numberAt(status, 'priority') ?? 0,
    ...(edsHealth === undefined ? {} : { edsHealth }),
    raw: status,
  }
}

/** `/clusters?format=json`: hosts by cluster name. */
export const readHealth = (clusters: EnvoyJson): ReadonlyMap<string, readonly EnvoyHostHealth[]> =>
  new Map(
    objectsAt(clusters, 'cluster_statuses').map(status => [
      textAt(status, 'name') ?? '',
      objectsAt(status, 'host_statuses').map(readHost),
    ]),
  )
