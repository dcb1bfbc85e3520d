import { listAt, objectAt, objectsAt, textAt, textsAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { Headers } from '../headers.ts'
import { type FoundToken, tokensOf } from './extract.ts'
import { signatureStatus } from './keys.ts'
import { audiencesOf, readToken, type Token, timeStatus } from './token.ts'

/** `Jwt is missing` and `Jwt issuer is not configured` give way to any other failure. */
const missing = 'Jwt is missing'
const unknownIssuer = 'Jwt issuer is not configured'

export type JwtResult =
  | { readonly kind: 'ok'; readonly verified: readonly Verified[] }
  | { readonly kind: 'failed'; readonly status: string }
  | { readonly kind: 'unknown'; readonly what: string }

export interface Verified {
  readonly provider: EnvoyJson
  readonly token: Token
  readonly found: FoundToken
}

export interface JwtSubject {
  readonly headers: Headers
  readonly providers: Readonly<Record<string, unknown>>
  readonly now: number | undefined
  /** Claims that the user vouches for where the keys are remote. */
  readonly claims: Readonly<Record<string, unknown>> | undefined
}

const failed = (status: string): JwtResult => ({ kind: 'failed', status })

const keysOf = (provider: EnvoyJson): string | undefined => {
  const inline = textAt(provider, 'local_jwks', 'inline_string')
  const bytes = textAt(provider, 'local_jwks', 'inline_bytes')
  return inline ?? (bytes === undefined ? undefined : Buffer.from(bytes, 'base64').toString())
}

const vouched = (provider: EnvoyJson, found: FoundToken, token: Token, subject: JwtSubject): JwtResult =>
  subject.claims === undefined
    ? { kind: 'unknown', what: 'remote JWKS' }
    : { kind: 'ok', verified: [{ provider, found, token: { ...token, claims: subject.claims } }] }

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
  found: FoundToken,
  audiences: readonly string[],
  subject: JwtSubject,
): JwtResult => {
  const token = readToken(found.text)
  if (typeof token === 'string') return failed(token)
  const issuer = textAt(provider, 'issuer')
  if (issuer !== undefined && token.claims.iss !== issuer) return failed(unknownIssuer)
  const wrong = outOfPlace(provider, token, audiences, subject)
  if (wrong !== undefined) return wrong
  const keys = keysOf(provider)
  if (keys === undefined) return vouched(provider, found, token, subject)
  const signature = signatureStatus(token, keys)
  return signature === undefined ? { kind: 'ok', verified: [{ provider, token, found }] } : failed(signature)
}

/** Claims of the issuer that the user vouches for stand for a token that the request does not show. */
const assumed = (provider: EnvoyJson, audiences: readonly string[], subject: JwtSubject): JwtResult | undefined => {
  const { claims } = subject
  const issuer = textAt(provider, 'issuer')
  if (claims === undefined || keysOf(provider) !== undefined || issuer === undefined || claims.iss !== issuer)
    return undefined
  const token: Token = { header: {}, claims, signed: '', signature: Buffer.alloc(0) }
  const wrong = outOfPlace(provider, token, audiences, subject)
  return wrong ?? { kind: 'ok', verified: [{ provider, found: { text: '' }, token }] }
}

const byProvider = (name: string, audiences: readonly string[], subject: JwtSubject): JwtResult => {
  const provider = objectAt(subject.providers, name)
  if (provider === undefined) return { kind: 'unknown', what: `JWT provider ${name}` }
  const tokens = tokensOf(provider, subject.headers)
  if (tokens.length === 0) return assumed(provider, audiences, subject) ?? failed(missing)
  // Every token that is shown must be good.
  const results = tokens.map(found => verifyToken(provider, found, audiences, subject))
  return results.find(({ kind }) => kind !== 'ok') ?? (results[0] as JwtResult)
}

const rank = (status: string): number => (status === missing ? 0 : status === unknownIssuer ? 1 : 2)

const anyOf = (requirements: readonly EnvoyJson[], subject: JwtSubject): JwtResult => {
  const passesMissing = requirements.some(requirement => 'allow_missing' in requirement)
  const passesFailed = requirements.some(requirement => 'allow_missing_or_failed' in requirement)
  let worst = missing
  let unknown: JwtResult | undefined
  for (const requirement of requirements) {
    if ('allow_missing' in requirement || 'allow_missing_or_failed' in requirement) continue
    const result = evaluateRequirement(requirement, subject)
    if (result.kind === 'ok') return result
    if (result.kind === 'unknown') unknown ??= result
    else if (rank(result.status) >= rank(worst)) worst = result.status
  }
  if (unknown !== undefined) return unknown
  if (passesFailed || (passesMissing && worst === missing)) return { kind: 'ok', verified: [] }
  return failed(worst)
}

const allOf = (requirements: readonly EnvoyJson[], subject: JwtSubject): JwtResult => {
  const verified: Verified[] = []
  for (const requirement of requirements) {
    const result = evaluateRequirement(requirement, subject)
    if (result.kind !== 'ok') return result
    verified.push(...result.verified)
  }
  return { kind: 'ok', verified }
}

/** Any token of any provider that is shown must be good; none at all is fine. */
const allowMissing = (subject: JwtSubject): JwtResult => {
  const results = Object.keys(subject.providers).map(name => byProvider(name, [], subject))
  const shown = results.filter(result => result.kind !== 'failed' || result.status !== missing)
  const ofIssuer = shown.find(result => result.kind !== 'failed' || result.status !== unknownIssuer)
  return shown.find(({ kind }) => kind === 'ok') ?? ofIssuer ?? shown[0] ?? { kind: 'ok', verified: [] }
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
  if ('allow_missing' in requirement) return allowMissing(subject)
  return { kind: 'ok', verified: [] }
}

/** 403 for a good token that is meant for others, else 401. */
export const statusOf = (text: string): 401 | 403 => (text === 'Audiences in Jwt are not allowed' ? 403 : 401)
