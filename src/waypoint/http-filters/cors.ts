import { flagAt, objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { Exchange } from '../exchange.ts'
import { some, stringMatches } from '../match/string.ts'
import { percentOf } from '../route/match.ts'
import { defineHttpFilter, type FilterResult, type HttpStage, passed } from './filter.ts'

/** The policies of the filter, else the field `cors` that control planes up to 1.19 set on the route. */
const policiesOf = ({ overrides, route }: HttpStage): readonly EnvoyJson[] => {
  const legacy = [objectAt(route.action, 'cors'), objectAt(route.selected?.host.config, 'cors')]
  return overrides.length > 0 ? overrides : legacy.filter(policy => policy !== undefined)
}

/** The first policy that says anything about `member` says it for all. */
const first = (policies: readonly EnvoyJson[], member: string): EnvoyJson | undefined =>
  policies.find(policy => member in policy)

const enabled = ({ walk }: HttpStage, [nearest]: readonly EnvoyJson[]): boolean => {
  const fraction = objectAt(nearest, 'filter_enabled', 'default_value')
  return nearest !== undefined && (fraction === undefined || walk.chance(percentOf(fraction)))
}

const textOf = (policies: readonly EnvoyJson[], member: string): string => textAt(first(policies, member), member) ?? ''

const credentials = (policies: readonly EnvoyJson[]): readonly (readonly [string, string])[] =>
  flagAt(first(policies, 'allow_credentials'), 'allow_credentials') === true
    ? [['access-control-allow-credentials', 'true']]
    : []

const given = (name: string, value: string): readonly (readonly [string, string])[] =>
  value === '' ? [] : [[name, value]]

/** What is allowed; where that is all, what was asked for. */
const allowed = (
  name: string,
  configured: string,
  asked: string | undefined,
): readonly (readonly [string, string])[] => (configured === '*' ? [[name, asked ?? '']] : given(name, configured))

/** What a preflight is answered, whether its origin is allowed or not. */
const preflightHeaders = (
  policies: readonly EnvoyJson[],
  exchange: Exchange,
): readonly (readonly [string, string])[] => [
  ...credentials(policies),
  ...allowed(
    'access-control-allow-methods',
    textOf(policies, 'allow_methods'),
    exchange.headers.get('access-control-request-method'),
  ),
  ...allowed(
    'access-control-allow-headers',
    textOf(policies, 'allow_headers'),
    exchange.headers.get('access-control-request-headers'),
  ),
  ...given('access-control-max-age', textOf(policies, 'max_age')),
  ...(flagAt(first(policies, 'allow_private_network_access'), 'allow_private_network_access') === true &&
  exchange.headers.get('access-control-request-private-network') === 'true'
    ? [['access-control-allow-private-network', 'true'] as const]
    : []),
]

/** What every answer to an allowed origin carries. */
const allowOrigin = (policies: readonly EnvoyJson[], exchange: Exchange): void => {
  exchange.responseHeaders.set('access-control-allow-origin', exchange.headers.get('origin') ?? '')
  for (const [name, value] of given('access-control-expose-headers', textOf(policies, 'expose_headers')))
    exchange.responseHeaders.set(name, value)
}

const preflightReply = (headers: readonly (readonly [string, string])[]): FilterResult => ({
  effect: 'replied',
  details: 'cors_response',
  reply: { status: 200, details: 'cors_response', headers, whole: true },
})

/** A matcher that takes the text `*` allows every origin. */
const originAllowed = ({ walk }: HttpStage, policies: readonly EnvoyJson[], origin: string): boolean => {
  const matchers = objectsAt(first(policies, 'allow_origin_string_match'), 'allow_origin_string_match')
  const any = some(matchers, matcher =>
    stringMatches(matcher, '*') === 'yes' ? 'yes' : stringMatches(matcher, origin),
  )
  return walk.settle(any, 'CORS origin')
}

const forwardsOthers = (policies: readonly EnvoyJson[]): boolean =>
  flagAt(first(policies, 'forward_not_matching_preflights'), 'forward_not_matching_preflights') ?? true

const isPreflight = ({ method, headers }: Exchange): boolean =>
  method === 'OPTIONS' && (headers.get('access-control-request-method') ?? '') !== ''

export const cors = defineHttpFilter({
  types: ['envoy.extensions.filters.http.cors.v3.Cors'],
  decide: stage => {
    const { exchange, route } = stage
    const origin = exchange.headers.get('origin') ?? ''
    // Redirects and direct responses have no CORS.
    if (origin === '' || route.action === undefined) return passed
    const policies = policiesOf(stage)
    if (!enabled(stage, policies)) return passed
    const isAllowed = originAllowed(stage, policies, origin)
    if (isAllowed) allowOrigin(policies, exchange)
    if (isPreflight(exchange) && (isAllowed || !forwardsOthers(policies)))
      return preflightReply(preflightHeaders(policies, exchange))
    if (!isAllowed) return passed
    for (const [name, value] of credentials(policies)) exchange.responseHeaders.set(name, value)
    return { effect: 'changed' }
  },
})
