import {
  entriesAt,
  flagAt,
  listAt,
  member,
  numberAt,
  objectAt,
  objectsAt,
  textAt,
  textsAt,
} from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { ObjectRef } from '#model/evidence.ts'
import { objectText } from '../origin.ts'
import { isCustom, type RbacPolicy, rbacMatchers, rbacPolicies, rbacSets } from './rbac.ts'
import { type Describe, listText, type Says } from './says.ts'
import { scalarText } from './scalar.ts'
import { stringMatchText } from './string-match.ts'
import { percentText } from './typed-config.ts'

const objectsOf = (policies: readonly RbacPolicy[]): readonly ObjectRef[] => {
  const found = new Map<string, ObjectRef>()
  for (const { object } of policies) if (object !== undefined) found.set(objectText(object), object)
  return [...found.values()]
}

const setText = (action: string, shadow: boolean, policies: readonly RbacPolicy[]): string => {
  const names = [
    ...new Set(
      policies.map(({ object, name }) => (object === undefined ? name : `${object.namespace ?? ''}/${object.name}`)),
    ),
  ]
  if (shadow && policies.length > 0 && policies.every(({ name }) => isCustom(name))) return `CUSTOM ${listText(names)}`
  const empty = action === 'ALLOW' && !shadow ? 'nobody' : 'nothing'
  return `${shadow ? 'shadow ' : ''}${action} ${listText(names, empty)}`
}

export const rbac: Describe = ({ config }) => {
  const policies = rbacPolicies(config)
  const sets = rbacSets(config).map(({ action, shadow }) =>
    setText(
      action,
      shadow,
      policies.filter(policy => policy.shadow === shadow),
    ),
  )
  const rules = policies.length === 1 ? '1 rule' : `${policies.length} rules`
  const trees = rbacMatchers(config).map(shadow => `${shadow ? 'shadow ' : ''}matcher tree unknown to ambientctl`)
  if (trees.length > 0) return { short: `rbac ${listText([...sets, ...trees])}`, text: listText([...sets, ...trees]) }
  const says = listText(sets, 'no rules: lets everything pass')
  return { short: `rbac ${says}`, text: sets.length === 0 ? says : `${says} (${rules})`, from: objectsOf(policies) }
}

const keysText = (provider: EnvoyJson): string => {
  const inline = textAt(provider, 'local_jwks', 'inline_string')
  if (inline !== undefined) return `${keyCount(inline)} local`
  const uri = textAt(provider, 'remote_jwks', 'http_uri', 'uri')
  return uri === undefined ? 'keys elsewhere' : `keys of ${uri}`
}

const keyCount = (jwks: string): string => {
  try {
    const keys = listAt(JSON.parse(jwks), 'keys').length
    return keys === 1 ? '1 key' : `${keys} keys`
  } catch {
    return 'unreadable keys'
  }
}

const tokenPlaces = (provider: EnvoyJson): string =>
  listText([
    ...objectsAt(provider, 'from_headers').map(header => `header ${textAt(header, 'name') ?? ''}`),
    ...textsAt(provider, 'from_params').map(parameter => `query ${parameter}`),
    ...objectsAt(provider, 'from_cookies').map(cookie => `cookie ${textAt(cookie, 'name') ?? ''}`),
  ])

const providerText = ([name, provider]: readonly [string, EnvoyJson]): string => {
  const places = tokenPlaces(provider)
  const audiences = textsAt(provider, 'audiences')
  return [
    `${name} issuer ${textAt(provider, 'issuer') ?? 'any'}`,
    keysText(provider),
    ...(audiences.length === 0 ? [] : [`audience ${audiences.join('|')}`]),
    ...(places === '' ? [] : [`from ${places}`]),
    ...(flagAt(provider, 'forward') === true ? ['forwarded'] : []),
    ...objectsAt(provider, 'claim_to_headers').map(
      claim => `claim ${textAt(claim, 'claim_name') ?? ''} to header ${textAt(claim, 'header_name') ?? ''}`,
    ),
    ...(textAt(provider, 'forward_payload_header') === undefined
      ? []
      : [`payload to header ${textAt(provider, 'forward_payload_header')}`]),
  ].join(', ')
}

/** `origins-0 or none`: what a request must carry to get past the filter. */
const requirementText = (requirement: unknown): string => {
  const provider =
    textAt(requirement, 'provider_name') ?? textAt(requirement, 'provider_and_audiences', 'provider_name')
  if (provider !== undefined) return provider
  for (const [name, word] of [
    ['requires_any', ' or '],
    ['requires_all', ' and '],
  ] as const) {
    const inner = objectsAt(requirement, name, 'requirements').map(requirementText)
    if (inner.length > 0) return inner.length === 1 ? (inner[0] ?? '') : `(${inner.join(word)})`
  }
  if (objectAt(requirement, 'allow_missing') !== undefined) return 'no token'
  if (objectAt(requirement, 'allow_missing_or_failed') !== undefined) return 'any or no token'
  return 'nothing'
}

export const jwtAuthn: Describe = ({ config }) => {
  const providers = entriesAt(config, 'providers')
  const needs = objectsAt(config, 'rules').map(rule => {
    const path = textAt(rule, 'match', 'path') ?? `${textAt(rule, 'match', 'prefix') ?? ''}*`
    const requires = member(rule, 'requires')
    const wanted = requires === undefined ? (textAt(rule, 'requirement_name') ?? 'nothing') : requirementText(requires)
    return path === '/*' ? wanted : `${path}: ${wanted}`
  })
  return {
    short: `jwt ${listText(providers.map(([, provider]) => textAt(provider, 'issuer') ?? 'any issuer'))}`,
    text: `${providers.map(providerText).join('; ')}; requires ${listText(needs, 'nothing')}`,
  }
}

const service = (config: EnvoyJson): string =>
  textAt(config, 'grpc_service', 'envoy_grpc', 'cluster_name') ??
  textAt(config, 'grpc_service', 'google_grpc', 'target_uri') ??
  textAt(config, 'http_service', 'server_uri', 'cluster') ??
  'unknown service'

/** CUSTOM policies: the filter asks only for requests that a shadow rule marked before it. */
export const extAuthz: Describe = ({ config }): Says => {
  const marked = member(config, 'filter_enabled_metadata', 'value', 'string_match')
  const when = marked === undefined ? 'every request' : `requests marked ${stringMatchText(marked)}`
  const status = textAt(config, 'status_on_error', 'code')
  const denies = status === undefined ? 'denies' : `denies with ${status}`
  const failure = flagAt(config, 'failure_mode_allow') === true ? 'allows' : denies
  const part = objectAt(config, 'filter_enabled')
  const bytes = numberAt(config, 'with_request_body', 'max_request_bytes')
  const about = listText([
    part === undefined ? when : `${percentText(part)} of ${when}`,
    ...(bytes === undefined ? [] : [`up to ${bytes} bytes of body`]),
  ])
  return {
    short: `ext_authz ${service(config)}`,
    text: `asks ${service(config)} about ${about}; ${failure} when it does not answer`,
  }
}

/** What a route tells the service beside the request. */
export const extAuthzChecks = (settings: EnvoyJson | undefined): string => {
  const context = Object.entries(objectAt(settings, 'context_extensions') ?? {}).map(
    ([key, value]) => `${key}=${scalarText(value)}`,
  )
  return listText([
    ...context.map(text => `tells ${text}`),
    ...(flagAt(settings, 'disable_request_body_buffering') === true ? ['without the body'] : []),
  ])
}

export const extProc: Describe = ({ config }): Says => {
  const modes = Object.entries(objectAt(config, 'processing_mode') ?? {}).map(
    ([part, mode]) => `${part} ${scalarText(mode)}`,
  )
  const failure = flagAt(config, 'failure_mode_allow') === true ? 'passes' : 'fails'
  return {
    short: `ext_proc ${service(config)}`,
    text: `sends ${listText(modes, 'headers')} to ${service(config)}; ${failure} the request when it does not answer`,
  }
}

export const istioAuthn: Describe = ({ config }) => ({
  short: 'istio_authn',
  text: `takes the peer's identity and the claims of ${listText(
    objectsAt(config, 'policy', 'origins').map(origin => textAt(origin, 'jwt', 'issuer') ?? ''),
    'no issuer',
  )} for the policies after it`,
})
