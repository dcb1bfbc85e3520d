import { flagAt, numberAt, objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import { listText } from './says.ts'
import { scalarText } from './scalar.ts'

const policyText = (config: EnvoyJson): string => {
  const choices = objectsAt(config, 'load_balancing_policy', 'policies').map(
    choice => textAt(choice, 'typed_extension_config', 'name') ?? '?',
  )
  return choices.length === 0 ? (textAt(config, 'lb_policy') ?? 'ROUND_ROBIN') : choices.join(' else ')
}

/** Settings of a policy beside its name: `of 4` hosts, the size of a ring. */
const policySettings = (config: EnvoyJson): readonly string[] => {
  const choices = numberAt(config, 'least_request_lb_config', 'choice_count')
  const ring = numberAt(config, 'ring_hash_lb_config', 'minimum_ring_size')
  const table = numberAt(config, 'maglev_lb_config', 'table_size')
  const slow = ['round_robin_lb_config', 'least_request_lb_config']
    .map(name => textAt(config, name, 'slow_start_config', 'slow_start_window'))
    .find(window => window !== undefined)
  return [
    ...(choices === undefined ? [] : [`of ${choices}`]),
    ...(ring === undefined ? [] : [`ring of ${ring}`]),
    ...(table === undefined ? [] : [`table of ${table}`]),
    ...(slow === undefined ? [] : [`slow start ${slow}`]),
  ]
}

export const loadBalancingText = (config: EnvoyJson): string => {
  const common = objectAt(config, 'common_lb_config')
  const panic = objectAt(common, 'healthy_panic_threshold')
  return listText([
    policyText(config),
    ...policySettings(config),
    ...(objectAt(common, 'locality_weighted_lb_config') === undefined ? [] : ['weighted localities']),
    ...(panic === undefined ? [] : [`panic below ${numberAt(panic, 'value') ?? 0}% healthy`]),
    ...(objectAt(config, 'lb_subset_config') === undefined ? [] : ['subsets']),
    ...(flagAt(config, 'close_connections_on_host_health_change') === true
      ? ['closes connections of unhealthy hosts']
      : []),
  ])
}

/** `name=value` of every member; what is unlimited is left out. */
const settings = (of: EnvoyJson): readonly string[] =>
  Object.entries(of)
    .filter(([, value]) => value !== unlimited)
    .map(([name, value]) => `${name}=${scalarText(value)}`)

/** Istio writes the largest 32-bit number where nothing limits. */
const unlimited = 4294967295

export const outlierText = (config: EnvoyJson): string =>
  settings(objectAt(config, 'outlier_detection') ?? {}).join(',')

/** Limits of connections and requests, by priority where it is not the usual one, and of each host. */
export const circuitText = (config: EnvoyJson): string =>
  (
    [
      ['thresholds', ''],
      ['per_host_thresholds', 'each host '],
    ] as const
  )
    .flatMap(([list, of]) =>
      objectsAt(config, 'circuit_breakers', list).flatMap(({ priority, track_remaining: _, ...limits }) =>
        settings(limits).map(limit => `${of}${priority === undefined ? '' : `${scalarText(priority)} `}${limit}`),
      ),
    )
    .join(',')

const checkKinds = {
  http_health_check: 'http',
  tcp_health_check: 'tcp',
  grpc_health_check: 'grpc',
  custom_health_check: 'custom',
} as const

/** `http /healthz every 5s, out after 3` */
export const healthCheckText = (config: EnvoyJson): string =>
  objectsAt(config, 'health_checks')
    .map(check => {
      const kind = Object.entries(checkKinds).find(([member]) => member in check)
      const path = textAt(check, 'http_health_check', 'path')
      return listText([
        `${kind?.[1] ?? 'unknown check'}${path === undefined ? '' : ` ${path}`} every ${textAt(check, 'interval') ?? '?'}`,
        `out after ${numberAt(check, 'unhealthy_threshold') ?? '?'}`,
      ])
    })
    .join('; ')
