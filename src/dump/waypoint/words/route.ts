import { flagAt, numberAt, objectAt, objectsAt, textAt, textsAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import { missingClusterStatus } from '#waypoint/hcm/route-replies.ts'
import { redirectStatus } from '#waypoint/route/redirect.ts'
import { clusterText } from './destination.ts'
import { listText } from './says.ts'
import { scalarText } from './scalar.ts'
import { headerMatchText } from './string-match.ts'
import { percentText } from './typed-config.ts'

const rewriteText = (action: EnvoyJson): readonly string[] => {
  const pattern = textAt(action, 'regex_rewrite', 'pattern', 'regex')
  const host = textAt(action, 'host_rewrite_literal') ?? textAt(action, 'host_rewrite')
  return [
    ...(textAt(action, 'prefix_rewrite') === undefined ? [] : [`path prefix to ${textAt(action, 'prefix_rewrite')}`]),
    ...(pattern === undefined ? [] : [`path ~${pattern} to ${textAt(action, 'regex_rewrite', 'substitution') ?? ''}`]),
    ...(objectAt(action, 'path_rewrite_policy') === undefined ? [] : ['path by template']),
    ...(host === undefined ? [] : [`host to ${host}`]),
    ...(textAt(action, 'host_rewrite_header') === undefined
      ? []
      : [`host from header ${textAt(action, 'host_rewrite_header')}`]),
    ...(flagAt(action, 'auto_host_rewrite') === true ? ["host to the endpoint's"] : []),
  ]
}

const redirectText = (redirect: EnvoyJson): string => {
  const parts = [
    'scheme_redirect',
    'https_redirect',
    'host_redirect',
    'port_redirect',
    'path_redirect',
    'prefix_rewrite',
  ]
  const set = parts
    .filter(name => name in redirect && redirect[name] !== '')
    .map(
      name =>
        `${name === 'prefix_rewrite' ? 'path prefix to' : name.replace('_redirect', '')} ${scalarText(redirect[name])}`,
    )
  const regex = textAt(redirect, 'regex_rewrite', 'pattern', 'regex')
  const path =
    regex === undefined ? [] : [`path ~${regex} to ${textAt(redirect, 'regex_rewrite', 'substitution') ?? ''}`]
  const query = flagAt(redirect, 'strip_query') === true ? ['without query'] : []
  return `redirect ${redirectStatus(redirect)}: ${listText([...set, ...path, ...query], 'to itself')}`
}

/** What the route does with the request. */
export const actionText = (route: EnvoyJson): string => {
  const action = objectAt(route, 'route')
  if (action !== undefined) {
    const rewrites = rewriteText(action)
    const isTold = 'cluster_not_found_response_code' in action
    return [
      clusterText(action),
      ...(rewrites.length === 0 ? [] : [`rewrites ${rewrites.join(', ')}`]),
      ...(isTold ? [`${missingClusterStatus(action)} when the cluster is missing`] : []),
    ].join('; ')
  }
  const redirect = objectAt(route, 'redirect')
  if (redirect !== undefined) return redirectText(redirect)
  const direct = objectAt(route, 'direct_response')
  if (direct !== undefined) {
    const body = textAt(direct, 'body', 'inline_string')
    return `answers ${numberAt(direct, 'status') ?? '?'}${body === undefined ? '' : ` ${JSON.stringify(body)}`}`
  }
  return objectAt(route, 'non_forwarding_action') === undefined ? 'unknown action' : 'does not forward: 503'
}

const retryText = (retry: EnvoyJson): string => {
  const listed = Array.isArray(retry.retriable_status_codes) ? retry.retriable_status_codes.map(scalarText) : []
  const headers = objectsAt(retry, 'retriable_headers').map(headerMatchText)
  const codes = [...listed, ...headers].length === 0 ? '' : ` ${[...listed, ...headers].join(',')}`
  const per = textAt(retry, 'per_try_timeout')
  const tries = numberAt(retry, 'num_retries') ?? 1
  return `${tries} ${tries === 1 ? 'retry' : 'retries'} on ${textAt(retry, 'retry_on') ?? 'nothing'}${codes}${per === undefined ? '' : `, ${per} each`}`
}

const mirrorText = (mirror: EnvoyJson): string => {
  const part = objectAt(mirror, 'runtime_fraction')
  return `mirrors ${part === undefined ? '100%' : percentText(part)} to ${textAt(mirror, 'cluster') ?? textAt(mirror, 'cluster_header') ?? '?'}`
}

const hashText = (policy: EnvoyJson): string => {
  const name =
    textAt(policy, 'header', 'header_name') ??
    textAt(policy, 'cookie', 'name') ??
    textAt(policy, 'query_parameter', 'name')
  return `hash by ${name ?? Object.keys(policy).join(',')}`
}

/** The whole stream may last no longer, whatever the timeout says; a gRPC client may ask for less. */
const durationText = (limit: EnvoyJson | undefined): readonly string[] => {
  const most = textAt(limit, 'max_stream_duration')
  const grpc = textAt(limit, 'grpc_timeout_header_max')
  return [
    ...(most === undefined || most === '0s' ? [] : [`stream at most ${most}`]),
    ...(grpc === undefined ? [] : [grpc === '0s' ? 'grpc-timeout counts' : `grpc-timeout counts up to ${grpc}`]),
  ]
}

/** What a rate limit filter of the chain counts for this route. */
const limitText = (limit: EnvoyJson): string =>
  `counted by ${objectsAt(limit, 'actions')
    .map(action => {
      const [kind = '?'] = Object.keys(action)
      const of = textAt(action, kind, 'descriptor_key') ?? textAt(action, kind, 'header_name')
      return of === undefined ? kind : `${kind} ${of}`
    })
    .join(' and ')}`

/** Timeout, retries, mirrors and hashing of a route action. Envoy's own default timeout is 15s. */
export const policiesText = (action: EnvoyJson): string => {
  if (Object.keys(action).length === 0) return ''
  const timeout = textAt(action, 'timeout')
  const retry = objectAt(action, 'retry_policy')
  const upgrades = objectsAt(action, 'upgrade_configs').map(
    upgrade => `upgrade ${textAt(upgrade, 'upgrade_type') ?? '?'}`,
  )
  return listText([
    timeout === '0s' ? 'no timeout' : `timeout ${timeout ?? '15s'}`,
    ...(textAt(action, 'idle_timeout') === undefined ? [] : [`idle ${textAt(action, 'idle_timeout')}`]),
    ...durationText(objectAt(action, 'max_stream_duration')),
    ...(retry === undefined ? [] : [retryText(retry)]),
    ...objectsAt(action, 'request_mirror_policies').map(mirrorText),
    ...objectsAt(action, 'hash_policy').map(hashText),
    ...upgrades,
    ...objectsAt(action, 'rate_limits').map(limitText),
    ...(textAt(action, 'priority') === 'HIGH' ? ['high priority'] : []),
    ...(objectAt(action, 'internal_redirect_policy') === undefined ? [] : ['follows redirects itself']),
  ])
}

const addedText = (side: string, added: EnvoyJson): string => {
  const how = textAt(added, 'append_action') ?? 'APPEND_IF_EXISTS_OR_ADD'
  const word = how.startsWith('OVERWRITE') ? 'set' : how.startsWith('ADD_IF') ? 'default' : 'add'
  return `${side} ${word} ${textAt(added, 'header', 'key') ?? ''}: ${textAt(added, 'header', 'value') ?? ''}`
}

/** Headers that a route, its virtual host or one of its destinations changes on the way to the backend and back. */
export const headerChanges = (holder: EnvoyJson): readonly string[] => [
  ...objectsAt(holder, 'request_headers_to_add').map(added => addedText('request', added)),
  ...textsAt(holder, 'request_headers_to_remove').map(name => `request remove ${name}`),
  ...objectsAt(holder, 'response_headers_to_add').map(added => addedText('response', added)),
  ...textsAt(holder, 'response_headers_to_remove').map(name => `response remove ${name}`),
]

/** Weighted destinations of a route by cluster: each may change headers and filters for itself. */
export const destinationsOf = (route: EnvoyJson): readonly (readonly [cluster: string, destination: EnvoyJson])[] =>
  objectsAt(route, 'route', 'weighted_clusters', 'clusters').map(destination => [
    textAt(destination, 'name') ?? textAt(destination, 'cluster_header') ?? '?',
    destination,
  ])
