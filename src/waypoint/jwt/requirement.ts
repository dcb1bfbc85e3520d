import { flagAt, listAt, objectAt, objectsAt, textAt, textsAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { Headers } from '../headers.ts'
import { type FoundToken, type Shown, takeAway, tokensOf } from './extract.ts'
import { signatureStatus } from './keys.ts'
import { audiencesOf, readToken, type Token, timeStatus } from './token.ts'

/** `Jwt is missing` and `Jwt issuer is not configured` give way to any other failure. */
const missing = 'Jwt is missing'
const unknownIssuer = 'Jwt issuer is not configured'

export type JwtResult =
  | { readonly kind: 'ok' }
  | { readonly kind: 'failed'; readonly status: string }
  | { readonly kind: 'unknown'; readonly what: string }

export interface Verified {
  readonly kind: 'verified'
  readonly provider: EnvoyJson
  readonly token: Token
  readonly found: FoundToken
}

/** Whoever looks for tokens takes the headers of its providers away first: clients do not say themselves what a token would. */
interface Asked {
  readonly kind: 'asked'
  readonly providers: readonly EnvoyJson[]
}

export interface JwtSubject {
  /** A copy: from it, good tokens are taken away at once, so that a requirement that asks for one again does not find it. */
  readonly headers: Headers
  readonly providers: Readonly<Record<string, unknown>>
  readonly now: number | undefined
  /** Claims that the user vouches for where the keys are remote. */
  readonly claims: Readonly<Record<string, unknown>> | undefined
  /** Good tokens as they are found; they leave their traces even where the requirement that asked for them fails. */
  readonly steps: (Verified | Asked)[]
}

const ok: JwtResult = { kind: 'ok' }
const failed = (status: string): JwtResult => ({ kind: 'failed', status })

const keysOf = (provider: EnvoyJson): string | undefined => {
  const inline = textAt(provider, 'local_jwks', 'inline_string')
  const bytes = textAt(provider, 'local_jwks', 'inline_bytes')
  return inline ?? (bytes === undefined ? undefined : Buffer.from(bytes, 'base64').toString())
}

/** A token of another time, or for other audiences. */
const outOfPlace = (
  provider: EnvoyJson,
  token: Token,
  audiences: readonly string[],
  { now }: JwtSubject,
): JwtResult | undefined => {
  const time = timeStatus(token, provider, now)
  if (time === 'unknown') return { kind: 'unknown', what: 'time of the request' }
  if (time !== undefined) return failed(time)
  const wanted = audiences.length > 0 ? audiences : textsAt(provider, 'audiences')
  return wanted.length > 0 && !audiencesOf(token).some(audience => wanted.includes(audience))
    ? failed('Audiences in Jwt are not allowed')
    : undefined
}

const verifyToken = (
  provider: EnvoyJson,
  token: Token,
  audiences: readonly string[],
  subject: JwtSubject,
): JwtResult => {
  const wrong = outOfPlace(provider, token, audiences, subject)
  if (wrong !== undefined) return wrong
  const keys = keysOf(provider)
  if (keys === undefined) return subject.claims === undefined ? { kind: 'unknown', what: 'remote JWKS' } : ok
  const signature = signatureStatus(token, keys)
  return signature === undefined ? ok : failed(signature)
}

/** Notes a good token, which is not handed on unless its provider says so. */
const settle = (
  result: JwtResult,
  { provider, found, token }: Omit<Verified, 'kind'>,
  subject: JwtSubject,
): JwtResult => {
  if (result.kind !== 'ok') return result
  const claims = (keysOf(provider) === undefined ? subject.claims : undefined) ?? token.claims
  subject.steps.push({ kind: 'verified', provider, found, token: { ...token, claims } })
  if (flagAt(provider, 'forward') !== true) takeAway(subject.headers, found)
  return ok
}

const ofProvider = (
  provider: EnvoyJson,
  found: FoundToken,
  audiences: readonly string[],
  subject: JwtSubject,
): JwtResult => {
  const token = readToken(found.text)
  if (typeof token === 'string') return failed(token)
  const issuer = textAt(provider, 'issuer')
  return issuer !== undefined && token.claims.iss !== issuer
    ? failed(unknownIssuer)
    : settle(verifyToken(provider, token, audiences, subject), { provider, found, token }, subject)
}

/** Claims of the issuer that the user vouches for stand for a token that the request does not show. */
const assumed = (provider: EnvoyJson, audiences: readonly string[], subject: JwtSubject): JwtResult | undefined => {
  const { claims } = subject
  const issuer = textAt(provider, 'issuer')
  if (claims === undefined || keysOf(provider) !== undefined || issuer === undefined || claims.iss !== issuer)
    return undefined
  const token: Token = { header: {}, claims, signed: '', signature: Buffer.alloc(0) }
  const wrong = outOfPlace(provider, token, audiences, subject)
  return settle(wrong ?? ok, { provider, found: { text: '' }, token }, subject)
}

const byProvider = (name: string, audiences: readonly string[], subject: JwtSubject): JwtResult => {
  const provider = objectAt(subject.providers, name)
  if (provider === undefined) return { kind: 'unknown', what: `JWT provider ${name}` }
  subject.steps.push({ kind: 'asked', providers: [provider] })
  const tokens = tokensOf([provider], subject.headers)
  if (tokens.length === 0) return assumed(provider, audiences, subject) ?? failed(missing)
  for (const { found } of tokens) {
    const result = ofProvider(provider, found, audiences, subject)
    if (result.kind !== 'ok') return result
  }
  return ok
}

const rank = (status: string): number => (status === missing ? 0 : status === unknownIssuer ? 1 : 2)

/**
 * What lets requests pass looks at tokens only where nothing else stands beside it: else those requirements have looked,
 * and a token that was bad for them is not tried again.
 */
const anyOf = (requirements: readonly EnvoyJson[], subject: JwtSubject): JwtResult => {
  const regular = requirements.filter(requirement => !isLenient(requirement))
  const failures = requirements.some(requirement => 'allow_missing_or_failed' in requirement)
  if (regular.length === 0) return lenient(failures, subject)
  let worst = missing
  let unknown: JwtResult | undefined
  for (const requirement of regular) {
    const result = evaluateRequirement(requirement, subject)
    if (result.kind === 'ok') return result
    if (result.kind === 'unknown') unknown ??= result
    else if (rank(result.status) >= rank(worst)) worst = result.status
  }
  const isForgiven = failures || (worst === missing && regular.length < requirements.length)
  return unknown ?? (isForgiven ? ok : failed(worst))
}

const isLenient = (requirement: EnvoyJson): boolean =>
  'allow_missing' in requirement || 'allow_missing_or_failed' in requirement

const allOf = (requirements: readonly EnvoyJson[], subject: JwtSubject): JwtResult => {
  for (const requirement of requirements) {
    const result = evaluateRequirement(requirement, subject)
    if (result.kind !== 'ok') return result
  }
  return ok
}

const providersOf = ({ providers }: JwtSubject): readonly EnvoyJson[] =>
  Object.keys(providers).map(name => objectAt(providers, name) ?? {})

/**
 * A token is held against the provider of its issuer, wherever it stands, else against one without an issuer. Which one of
 * several Envoy takes changes from start to start.
 */
const byIssuer = ({ found, issuers }: Shown, subject: JwtSubject): JwtResult => {
  const token = readToken(found.text)
  if (typeof token === 'string') return failed(token)
  const issuer = typeof token.claims.iss === 'string' ? token.claims.iss : ''
  if (!issuers.has('') && !issuers.has(issuer)) return failed(unknownIssuer)
  const providers = providersOf(subject)
  const of = (wanted: string) => providers.filter(provider => (textAt(provider, 'issuer') ?? '') === wanted)
  const candidates = of(issuer).length > 0 ? of(issuer) : of('')
  const [provider = {}] = candidates
  const [result = failed(unknownIssuer), ...others] = candidates.map(each => verifyToken(each, token, [], subject))
  const alike = candidates.every(other => JSON.stringify(other) === JSON.stringify(provider))
  const told = (verdict: JwtResult): string => (verdict.kind === 'failed' ? verdict.status : verdict.kind)
  return alike || (result.kind === 'failed' && others.every(other => told(other) === told(result)))
    ? settle(result, { provider, found, token }, subject)
    : { kind: 'unknown', what: `which of ${candidates.length} JWT providers of issuer "${issuer}"` }
}

/** All tokens are looked at, and the last one decides; none at all is fine. `failures`: so is a bad one. */
const lenient = (failures: boolean, subject: JwtSubject): JwtResult => {
  const providers = providersOf(subject)
  subject.steps.push({ kind: 'asked', providers })
  const results = tokensOf(providers, subject.headers).map(shown => byIssuer(shown, subject))
  const last = results.at(-1)
  return results.find(({ kind }) => kind === 'unknown') ?? (last?.kind === 'failed' && !failures ? last : ok)
}

/** `envoy.extensions.filters.http.jwt_authn.v3.JwtRequirement` (specs/waypoint.md §3.3). */
export const evaluateRequirement = (requirement: EnvoyJson, subject: JwtSubject): JwtResult => {
  const name = textAt(requirement, 'provider_name')
  if (name !== undefined) return byProvider(name, [], subject)
  const both = objectAt(requirement, 'provider_and_audiences')
  if (both !== undefined) return byProvider(textAt(both, 'provider_name') ?? '', textsAt(both, 'audiences'), subject)
  if (listAt(requirement, 'requires_any', 'requirements').length > 0)
    return anyOf(objectsAt(requirement, 'requires_any', 'requirements'), subject)
  if (listAt(requirement, 'requires_all', 'requirements').length > 0)
    return allOf(objectsAt(requirement, 'requires_all', 'requirements'), subject)
  if (isLenient(requirement)) return lenient('allow_missing_or_failed' in requirement, subject)
  return ok
}

/** 403 for a good token that is meant for others, else 401. */
export const statusOf = (text: string): 401 | 403 => (text === 'Audiences in Jwt are not allowed' ? 403 : 401)
