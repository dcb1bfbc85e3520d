import { flagAt, member, numberAt, objectAt, objectsAt, textAt, textsAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import { clusterText } from './destination.ts'
import { valueText } from './rbac.ts'
import { listText } from './says.ts'
import { scalarText } from './scalar.ts'
import { headerMatchText, stringMatchText } from './string-match.ts'
import { percentText } from './typed-config.ts'

const pathConditions: Readonly<Record<string, (value: unknown) => string>> = {
  prefix: value => `path ${scalarText(value)}*`,
  path_separated_prefix: value => `path ${scalarText(value)} or below`,
  path: value => `path ${scalarText(value)}`,
  safe_regex: value => `path ~${textAt(value, 'regex') ?? ''}`,
  connect_matcher: () => 'CONNECT',
  path_match_policy: value => `path ${textAt(value, 'typed_config', 'path_template') ?? textAt(value, 'name') ?? '?'}`,
}

/** Members of a route match that have words of their own below, or change how the path is compared. */
const handled = new Set([
  ...Object.keys(pathConditions),
  'headers',
  'query_parameters',
  'dynamic_metadata',
  'filter_state',
  'runtime_fraction',
  'grpc',
  'tls_context',
  'case_sensitive',
  'cookies',
])

const queryText = (query: EnvoyJson): string => {
  const name = textAt(query, 'name') ?? ''
  const match = objectAt(query, 'string_match')
  return match === undefined ? `query ${name}` : `query ${name}=${stringMatchText(match)}`
}

const headerText = (header: EnvoyJson): string =>
  textAt(header, 'name') === ':method'
    ? headerMatchText(header).replace(/^(!?):method/, '$1method')
    : headerMatchText(header)

const metadataText = (matcher: EnvoyJson): string => {
  const path = objectsAt(matcher, 'path').map(segment => textAt(segment, 'key') ?? '')
  return `metadata ${[textAt(matcher, 'filter') ?? '', ...path].join('.')}${matcher.invert === true ? '!' : ''}=${valueText(member(matcher, 'value'))}`
}

/** Every condition of a route match, joined by commas: all must hold. What is not known is named. */
export const conditionsText = (match: EnvoyJson): string => {
  const path = Object.entries(pathConditions).flatMap(([name, text]) => (name in match ? [text(match[name])] : []))
  const runtime = objectAt(match, 'runtime_fraction')
  const conditions = [
    ...path.filter(text => text !== 'path /*'),
    ...(flagAt(match, 'case_sensitive') === false ? ['any case'] : []),
    ...objectsAt(match, 'headers').map(headerText),
    ...objectsAt(match, 'query_parameters').map(queryText),
    ...objectsAt(match, 'cookies').map(
      cookie => `cookie ${textAt(cookie, 'name') ?? ''}=${stringMatchText(member(cookie, 'string_match'))}`,
    ),
    ...objectsAt(match, 'dynamic_metadata').map(metadataText),
    ...objectsAt(match, 'filter_state').map(
      state => `${textAt(state, 'key') ?? ''}=${stringMatchText(member(state, 'string_match'))}`,
    ),
    ...(objectAt(match, 'grpc') === undefined ? [] : ['gRPC']),
    ...(objectAt(match, 'tls_context') === undefined ? [] : [`TLS ${JSON.stringify(match.tls_context)}`]),
    ...(runtime === undefined ? [] : [`${percentText(runtime)} of requests${runtimeKey(runtime)}`]),
    ...Object.keys(match)
      .filter(name => !handled.has(name))
      .map(name => `unknown condition ${name}`),
  ]
  return listText(conditions, 'any')
}

const runtimeKey = (runtime: EnvoyJson): string => {
  const key = textAt(runtime, 'runtime_key')
  return key === undefined ? '' : ` (runtime ${key})`
}

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
  const status = textAt(redirect, 'response_code') ?? 'MOVED_PERMANENTLY'
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
    .map(name => `${name.replace('_redirect', '')} ${scalarText(redirect[name])}`)
  const regex = textAt(redirect, 'regex_rewrite', 'pattern', 'regex')
  const path =
    regex === undefined ? [] : [`path ~${regex} to ${textAt(redirect, 'regex_rewrite', 'substitution') ?? ''}`]
  const query = flagAt(redirect, 'strip_query') === true ? ['without query'] : []
  return `redirect ${status}: ${listText([...set, ...path, ...query], 'to itself')}`
}

/** What the route does with the request. */
export const actionText = (route: EnvoyJson): string => {
  const action = objectAt(route, 'route')
  if (action !== undefined) {
    const rewrites = rewriteText(action)
    const missing = textAt(action, 'cluster_not_found_response_code')
    return [
      clusterText(action),
      ...(rewrites.length === 0 ? [] : [`rewrites ${rewrites.join(', ')}`]),
      ...(missing === undefined ? [] : [`${missing} when the cluster is missing`]),
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
