import { createHmac } from 'node:crypto'
import type { Random } from '../../support/random.ts'
import { filter, type Json } from './json.ts'
import { routeMatch } from './vocabulary.ts'

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

const secrets = { good: 'secret of the key set', other: 'of nobody' } as const
const keySet = JSON.stringify({
  keys: [{ kty: 'oct', kid: 'k1', alg: 'HS256', k: Buffer.from(secrets.good).toString('base64url') }],
})

const issuers = ['https://one', 'https://two'] as const

/** Seconds since 1970: long over, long ahead. */
const times = { past: 1_500_000_000, future: 2_500_000_000 } as const

const signedWith = (secret: string, header: Json, claims: Json): string => {
  const signed = `${encoded(header)}.${encoded(claims)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

const malformed = ['abc', 'a.b', 'a.b.c', '...', 'e30.e30.AA', `${encoded({ alg: 'none' })}.e30.AA`] as const

/** What some clients write around a token. */
const frames = [
  ['', ' '],
  [' ', ''],
  ['', '.'],
  ['', '='],
  ['', ' x'],
] as const

const framed = (random: Random, token: string): string => {
  const [before, behind] = random.chance(0.1) ? random.pick(frames) : (['', ''] as const)
  return before + token + behind
}

/** A token that is good more often than not. */
const randomToken = (random: Random): string => {
  if (random.chance(0.1)) return random.pick(malformed)
  const header = {
    alg: random.chance(0.95) ? 'HS256' : 'HS512',
    ...random.maybe(0.6, () => ({ kid: random.pick(['k1', 'k1', 'k9'] as const) })),
  }
  const claims = {
    iss: random.chance(0.9) ? random.pick(issuers) : 'https://three',
    sub: random.pick(['alice', 'bob'] as const),
    ...random.maybe(0.6, () => ({ aud: random.pick<unknown>(['a1', 'a2', ['a1', 'a3'], 'a9']) })),
    ...random.maybe(0.6, () => ({ exp: random.chance(0.85) ? times.future : times.past })),
    ...random.maybe(0.2, () => ({ nbf: random.chance(0.8) ? times.past : times.future })),
    ...random.maybe(0.5, () => ({ scope: random.pick(['read write', 'read', ''] as const) })),
    ...random.maybe(0.4, () => ({ groups: ['x', 'admin'], level: random.pick([3, 4.5, true] as const) })),
  }
  return signedWith(random.chance(0.9) ? secrets.good : secrets.other, header, claims)
}

/** Headers and query with which a client may show a token. */
export const shownToken = (random: Random): { headers: readonly (readonly [string, string])[]; query: string } => {
  const token = randomToken(random)
  const written = framed(random, token)
  const where = random.pick(['bearer', 'bearer', 'bearer', 'header', 'query', 'cookie', 'scheme'] as const)
  if (where === 'query') return { headers: [], query: `access_token=${token}` }
  const header = {
    bearer: ['authorization', `Bearer ${written}`],
    header: ['x-jwt', written],
    cookie: ['cookie', `s=1; tok=${written}`],
    scheme: ['authorization', `${random.pick(['bearer', 'Basic', 'Bearer'] as const)} ${token}`],
  } as const
  return { headers: [header[where]], query: '' }
}

const provider = (random: Random, issuer: string): Json => ({
  ...random.maybe(0.9, () => ({ issuer })),
  local_jwks: { inline_string: keySet },
  ...random.maybe(0.4, () => ({ audiences: random.pick([['a1'], ['a2', 'a3']] as const) })),
  ...random.maybe(0.4, () => ({
    from_headers: random.pick<Json[]>([
      [{ name: 'x-jwt' }],
      [{ name: 'Authorization', value_prefix: 'Bearer ' }, { name: 'x-jwt' }],
    ]),
  })),
  ...random.maybe(0.15, () => ({ from_params: ['access_token'] })),
  ...random.maybe(0.15, () => ({ from_cookies: ['tok'] })),
  ...random.maybe(0.5, () => ({ forward: true })),
  ...random.maybe(0.3, () => ({ forward_payload_header: 'x-payload' })),
  ...random.maybe(0.6, () => ({ payload_in_metadata: 'payload' })),
  ...random.maybe(0.3, () => ({
    claim_to_headers: [
      { header_name: 'x-sub', claim_name: 'sub' },
      { header_name: 'x-level', claim_name: 'level' },
    ],
  })),
})

const requirement = (random: Random, depth = 0): Json => {
  const inner = (): Json[] => random.times(2, 3, () => requirement(random, depth + 1))
  const named = { provider_name: random.pick(['p0', 'p1'] as const) }
  return random.pick<() => Json>([
    () => named,
    () => named,
    () => ({ provider_and_audiences: { ...named, audiences: ['a1'] } }),
    () => (depth > 1 ? named : { requires_any: { requirements: inner() } }),
    () => (depth > 1 ? named : { requires_any: { requirements: [...inner(), { allow_missing: {} }] } }),
    () => (depth > 1 ? named : { requires_all: { requirements: inner() } }),
    () => ({ allow_missing: {} }),
    () => ({ allow_missing_or_failed: {} }),
  ])()
}

export const jwtFilter = (random: Random): Json =>
  filter('jwt', 'extensions.filters.http.jwt_authn.v3.JwtAuthentication', {
    providers: { p0: provider(random, issuers[0]), p1: provider(random, issuers[1]) },
    rules: random.times(1, 3, () => ({
      match: random.chance(0.5) ? { prefix: '/' } : routeMatch(random),
      ...random.maybe(0.9, () => ({ requires: requirement(random) })),
    })),
    ...random.maybe(0.2, () => ({ bypass_cors_preflight: true })),
  })
