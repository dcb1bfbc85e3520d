import { asObject } from '#decode/json/at.ts'
import { numberAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'

export interface Token {
  readonly header: EnvoyJson
  readonly claims: EnvoyJson
  /** What the signature covers. */
  readonly signed: string
  readonly signature: Buffer
}

/** Four characters hold three bytes, one alone holds none; padding fills up to four, and blanks do not count. */
const isBase64url = (text: string): boolean => {
  const [, characters, padding = ''] = /^([A-Za-z0-9\-_]*)(=*)$/.exec(text.replace(/[\t-\r ]/g, '')) ?? []
  if (characters === undefined || characters.length % 4 === 1) return false
  return padding === '' || (characters.length + padding.length) % 4 === 0
}

const readJson = (part: string): EnvoyJson | undefined => {
  try {
    return asObject(JSON.parse(Buffer.from(part, 'base64url').toString()))
  } catch {
    return undefined
  }
}

const algorithms = new Set('ES256 ES384 ES512 HS256 HS384 HS512 RS256 RS384 RS512 PS256 PS384 PS512 EdDSA'.split(' '))

/** The token, or the status text with which Envoy refuses it. */
export const readToken = (text: string): Token | string => {
  const parts = text.split('.').filter(part => part !== '')
  const [head, payload, signature] = parts
  if (parts.length !== 3 || head === undefined || payload === undefined || signature === undefined)
    return 'Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections'
  if (!isBase64url(head)) return 'Jwt header is an invalid Base64url encoded'
  const header = readJson(head)
  if (header === undefined) return 'Jwt header is an invalid JSON'
  const algorithm = textAt(header, 'alg')
  if (algorithm === undefined) return 'Jwt header [alg] field is required and must be a string'
  if (!algorithms.has(algorithm)) return 'Jwt header [alg] is not supported'
  if (!isBase64url(payload)) return 'Jwt payload is an invalid Base64url encoded'
  const claims = readJson(payload)
  if (claims === undefined) return 'Jwt payload is an invalid JSON'
  if (!isBase64url(signature)) return 'Jwt signature is an invalid Base64url encoded'
  return { header, claims, signed: `${head}.${payload}`, signature: Buffer.from(signature, 'base64url') }
}

export const audiencesOf = ({ claims }: Token): readonly string[] => {
  const { aud } = claims
  if (typeof aud === 'string') return [aud]
  return Array.isArray(aud) ? aud.filter((entry): entry is string => typeof entry === 'string') : []
}

const defaultSkewSeconds = 60

/** Status text for a token outside its time, `unknown` when it is bounded and the time is not known. */
export const timeStatus = (token: Token, provider: EnvoyJson, now: number | undefined): string | undefined => {
  const notBefore = numberAt(token.claims, 'nbf')
  const expires = numberAt(token.claims, 'exp')
  if (notBefore === undefined && expires === undefined) return undefined
  if (now === undefined) return 'unknown'
  const skew = numberAt(provider, 'clock_skew_seconds') ?? defaultSkewSeconds
  const seconds = now / 1000
  if (notBefore !== undefined && seconds + skew < notBefore) return 'Jwt not yet valid'
  return expires !== undefined && seconds > expires + skew ? 'Jwt is expired' : undefined
}
