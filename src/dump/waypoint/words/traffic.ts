import { entriesAt, listAt, numberAt, objectAt, objectsAt, textAt, textsAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import { type Describe, listText, type Says } from './says.ts'
import { headerMatchText, stringMatchText } from './string-match.ts'
import { percentText, type TypedConfig } from './typed-config.ts'

const delayText = (config: EnvoyJson): readonly string[] => {
  const delay = objectAt(config, 'delay')
  if (delay === undefined) return []
  return [`delays ${percentText(delay.percentage)} by ${textAt(delay, 'fixed_delay') ?? "the request's header"}`]
}

const abortText = (config: EnvoyJson): readonly string[] => {
  const abort = objectAt(config, 'abort')
  if (abort === undefined) return []
  const status = numberAt(abort, 'http_status')
  const grpc = numberAt(abort, 'grpc_status')
  const answer = status === undefined ? (grpc === undefined ? "the request's header" : `gRPC ${grpc}`) : `${status}`
  return [`aborts ${percentText(abort.percentage)} with ${answer}`]
}

const limitText = (config: EnvoyJson): readonly string[] => {
  const limit = objectAt(config, 'response_rate_limit')
  if (limit === undefined) return []
  const rate = numberAt(limit, 'fixed_limit', 'limit_kbps')
  return [
    `slows ${percentText(limit.percentage)} of responses to ${rate === undefined ? "the request's header" : `${rate} KiB/s`}`,
  ]
}

/** Requests that a fault is for; all without. */
const concerned = (config: EnvoyJson): string => {
  const cluster = textAt(config, 'upstream_cluster')
  const conditions = [
    ...objectsAt(config, 'headers').map(headerMatchText),
    ...(cluster === undefined ? [] : [`to ${cluster}`]),
  ]
  return conditions.length === 0 ? '' : `; only requests with ${conditions.join(', ')}`
}

export const fault: Describe = ({ config }) => {
  const does = listText([...delayText(config), ...abortText(config), ...limitText(config)])
  if (does === '') return { short: 'fault', text: 'only where a route sets it' }
  return { short: `fault ${does}`, text: `${does}${concerned(config)}` }
}

const origins = (policy: EnvoyJson): string =>
  listText(
    [...objectsAt(policy, 'allow_origin_string_match').map(stringMatchText), ...textsAt(policy, 'allow_origin')],
    'nobody',
  )

/** What becomes of a preflight from an origin that is not allowed. */
const preflightText = ({ forward_not_matching_preflights: forwards }: EnvoyJson): readonly string[] => {
  if (forwards === undefined) return []
  return [forwards === true ? 'forwards other preflights' : 'answers other preflights itself']
}

/** A CorsPolicy, or the empty filter that leaves it to the routes. */
export const cors: Describe = ({ config }) => {
  if (!('allow_origin_string_match' in config) && !('allow_methods' in config))
    return { short: 'cors', text: 'only where a route sets it' }
  return {
    short: `cors ${origins(config)}`,
    text: listText([
      `allows ${origins(config)}`,
      ...[
        ['methods', textAt(config, 'allow_methods')],
        ['headers', textAt(config, 'allow_headers')],
        ['exposes', textAt(config, 'expose_headers')],
        ['max age', textAt(config, 'max_age')],
      ].flatMap(([word, value]) => (value === undefined || value === '' ? [] : [`${word} ${value}`])),
      ...(config.allow_credentials === true ? ['credentials'] : []),
      ...preflightText(config),
    ]),
  }
}

const bucketText = (bucket: unknown): string =>
  `${numberAt(bucket, 'max_tokens') ?? 0} at once, ${numberAt(bucket, 'tokens_per_fill') ?? 1} per ${textAt(bucket, 'fill_interval') ?? '?'}`

const descriptorText = (descriptor: EnvoyJson): string =>
  `${objectsAt(descriptor, 'entries')
    .map(entry => `${textAt(entry, 'key') ?? ''}=${textAt(entry, 'value') ?? '*'}`)
    .join(',')}: ${bucketText(descriptor.token_bucket)}`

export const localRateLimit: Describe = ({ config }) => {
  const bucket = objectAt(config, 'token_bucket')
  if (bucket === undefined && listAt(config, 'descriptors').length === 0)
    return { short: 'local_ratelimit', text: 'only where a route sets it' }
  const enabled = percentText(config.filter_enabled)
  return {
    short: 'local_ratelimit',
    text: listText([
      ...(bucket === undefined ? [] : [bucketText(bucket)]),
      ...objectsAt(config, 'descriptors').map(descriptorText),
      ...(enabled === '100%' ? [] : [`looks at ${enabled} of requests`]),
      `enforced for ${percentText(config.filter_enforced)}`,
    ]),
  }
}

export const rateLimit: Describe = ({ config }) => {
  const cluster = textAt(config, 'rate_limit_service', 'grpc_service', 'envoy_grpc', 'cluster_name') ?? 'a service'
  const failure = config.failure_mode_deny === true ? 'denies' : 'passes'
  return {
    short: `ratelimit ${textAt(config, 'domain') ?? ''}`,
    text: `asks ${cluster} in domain ${textAt(config, 'domain') ?? ''}; ${failure} when it does not answer`,
  }
}

const sources = (config: EnvoyJson): string => {
  const inline = textAt(config, 'default_source_code', 'inline_string') ?? textAt(config, 'inline_code')
  const scripts = entriesAt(config, 'source_codes').map(([name]) => name)
  return listText(
    [...(inline === undefined ? [] : [`${inline.trim().split('\n').length} lines`]), ...scripts],
    'no code',
  )
}

export const lua: Describe = ({ config }) => ({
  short: 'lua',
  text: `runs a script (${sources(config)}): may change or answer the request`,
})

export const wasm: Describe = ({ config }) => {
  const name = textAt(config, 'config', 'name') ?? ''
  const open =
    textAt(config, 'config', 'failure_policy') === 'FAIL_OPEN' || objectAt(config, 'config')?.fail_open === true
  return {
    short: `wasm ${name}`,
    text: `runs the plugin ${name}: may change or answer the request; ${open ? 'passes' : 'fails'} the request when the plugin fails`,
  }
}

const headerMutation = (mutation: EnvoyJson): string => {
  const removed = textAt(mutation, 'remove')
  if (removed !== undefined) return `removes ${removed}`
  return `sets ${textAt(mutation, 'append', 'header', 'key') ?? '?'} to ${textAt(mutation, 'append', 'header', 'value') ?? ''}`
}

export const headerMutations: Describe = ({ config }): Says => ({
  short: 'header_mutation',
  text: listText(
    [
      ...objectsAt(config, 'mutations', 'request_mutations').map(mutation => `request: ${headerMutation(mutation)}`),
      ...objectsAt(config, 'mutations', 'response_mutations').map(mutation => `response: ${headerMutation(mutation)}`),
    ],
    'only where a route sets it',
  ),
})

/** Objects that a filter puts beside the connection or stream, and how far they reach. */
export const setFilterState: Describe = ({ config }: TypedConfig, { name }): Says => {
  const entries = [...objectsAt(config, 'on_request_headers'), ...objectsAt(config, 'on_new_connection')]
  const text = entries.map(
    entry =>
      `${textAt(entry, 'object_key') ?? '?'} = ${textAt(entry, 'format_string', 'text_format_source', 'inline_string') ?? textAt(entry, 'format_string', 'text_format') ?? '?'}`,
  )
  return { short: name, text: `keeps ${listText(text, 'nothing')}` }
}
