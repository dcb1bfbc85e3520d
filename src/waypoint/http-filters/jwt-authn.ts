import { flagAt, member, objectAt, objectsAt, textAt, textsAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import { Headers } from '../headers.ts'
import { takeAway } from '../jwt/extract.ts'
import { evaluateRequirement, type JwtSubject, statusOf, type Verified } from '../jwt/requirement.ts'
import { routeMatches, routeSubject } from '../route/match.ts'
import { defineHttpFilter, type FilterResult, type HttpStage, passed } from './filter.ts'

const namespace = 'envoy.filters.http.jwt_authn'

const isPreflight = ({ exchange: { headers, method } }: HttpStage): boolean =>
  method === 'OPTIONS' && ['origin', 'access-control-request-method'].every(name => (headers.get(name) ?? '') !== '')

/** Of a route match the filter's rules ask for the path, headers and query only. */
const askedOfRules = (match: EnvoyJson = {}): EnvoyJson =>
  Object.fromEntries(Object.entries(match).filter(([name]) => !ignoredByRules.has(name)))

const ignoredByRules = new Set([
  'tls_context',
  'dynamic_metadata',
  'filter_state',
  'runtime_fraction',
  'grpc',
  'cookies',
])

/** The requirement of the route's own configuration, else of the first rule whose match holds. */
const requirementOf = (stage: HttpStage): EnvoyJson | undefined => {
  const { walk, exchange, config, overrides } = stage
  const [override] = overrides
  const byName = (name: string | undefined) =>
    name === undefined ? undefined : objectAt(config, 'requirement_map', name)
  if (override !== undefined)
    return flagAt(override, 'disabled') === true ? undefined : byName(textAt(override, 'requirement_name'))
  const subject = routeSubject(exchange, walk.behaviour, {})
  const rule = objectsAt(config, 'rules').find(candidate =>
    walk.settle(routeMatches(askedOfRules(objectAt(candidate, 'match')), subject).holds, 'JWT rule'),
  )
  return objectAt(rule, 'requires') ?? byName(textAt(rule, 'requirement_name'))
}

const asList = (claims: EnvoyJson, names: readonly string[]): EnvoyJson =>
  Object.fromEntries(
    Object.entries(claims).map(([name, value]) => [
      name,
      names.includes(name) && typeof value === 'string' ? value.split(' ').filter(part => part !== '') : value,
    ]),
  )

/** Whole numbers that 64 bits hold as such, all others with six digits behind the point. */
const numberText = (value: number): string =>
  Number.isInteger(value) && value >= 0 && value < 2 ** 64 ? BigInt(value).toString() : value.toFixed(6)

/** Nothing for a claim that is missing or empty. */
const claimText = (claims: EnvoyJson, path: string): string | undefined => {
  const value = member(claims, path) ?? member(claims, ...path.split('.'))
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value === 'number') return numberText(value)
  return typeof value === 'object' ? Buffer.from(JSON.stringify(value)).toString('base64') : String(value)
}

/** Headers in which a provider tells what a token says. */
const toldIn = (provider: EnvoyJson): readonly string[] =>
  [
    textAt(provider, 'forward_payload_header') ?? '',
    ...objectsAt(provider, 'claim_to_headers').map(entry => textAt(entry, 'header_name') ?? ''),
  ].filter(name => name !== '')

/** What a verified token leaves behind for the filters and the route after it. */
const apply = ({ exchange, route }: HttpStage, { provider, token, found }: Verified): void => {
  const key = textAt(provider, 'payload_in_metadata')
  const lists = textsAt(provider, 'normalize_payload_in_metadata', 'space_delimited_claims')
  if (key !== undefined && key !== '') exchange.addMetadata(namespace, { [key]: asList(token.claims, lists) })
  const told = objectsAt(provider, 'claim_to_headers').flatMap(entry => {
    const text = claimText(token.claims, textAt(entry, 'claim_name') ?? '')
    return text === undefined ? [] : [[textAt(entry, 'header_name') ?? '', text] as const]
  })
  for (const [name, text] of told) exchange.headers.add(name, text)
  const payloadHeader = textAt(provider, 'forward_payload_header')
  if (payloadHeader !== undefined) {
    const payload = token.signed.split('.')[1] ?? ''
    const padding = flagAt(provider, 'pad_forward_payload_header') === true ? '='.repeat(-payload.length & 3) : ''
    exchange.headers.add(payloadHeader, payload + padding)
  }
  if (flagAt(provider, 'forward') !== true) takeAway(exchange.headers, found)
  if (told.length > 0 && flagAt(provider, 'clear_route_cache') === true) route.clear()
}

const refusal = (text: string): FilterResult => {
  const details = `jwt_authn_access_denied{${text.replace(/\s/g, '_')}}`
  return { effect: 'denied', details, reply: { status: statusOf(text), details, body: text } }
}

const subjectOf = ({ walk, exchange, config }: HttpStage): JwtSubject => ({
  headers: new Headers(exchange.headers.list()),
  providers: objectAt(config, 'providers') ?? {},
  now: walk.options.now,
  claims: walk.options.jwtClaims,
  steps: [],
})

export const jwtAuthn = defineHttpFilter({
  types: ['envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication'],
  decide: stage => {
    if (flagAt(stage.config, 'bypass_cors_preflight') === true && isPreflight(stage)) return passed
    const requirement = requirementOf(stage)
    if (requirement === undefined) return passed
    const subject = subjectOf(stage)
    const result = evaluateRequirement(requirement, subject)
    if (result.kind === 'failed') return refusal(result.status)
    if (result.kind === 'unknown') return { effect: 'opaque', details: result.what }
    for (const step of subject.steps) {
      if (step.kind === 'verified') apply(stage, step)
      else for (const header of step.providers.flatMap(toldIn)) stage.exchange.headers.remove(header)
    }
    return subject.steps.some(({ kind }) => kind === 'verified') ? { effect: 'changed' } : passed
  },
})
