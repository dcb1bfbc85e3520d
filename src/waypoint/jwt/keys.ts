import { constants, createHmac, createPublicKey, type JsonWebKey, timingSafeEqual, verify } from 'node:crypto'
import { objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { Token } from './token.ts'

const hashOf = (algorithm: string): string => `sha${algorithm.slice(2)}`

const familyOf: Readonly<Record<string, string>> = { RS: 'RSA', PS: 'RSA', ES: 'EC', HS: 'oct', Ed: 'OKP' }

const verifyHmac = (token: Token, algorithm: string, key: EnvoyJson): boolean => {
  const secret = Buffer.from(textAt(key, 'k') ?? '', 'base64url')
  const expected = createHmac(hashOf(algorithm), secret).update(token.signed).digest()
  return expected.length === token.signature.length && timingSafeEqual(expected, token.signature)
}

const verifyWithKey = (token: Token, algorithm: string, key: EnvoyJson): boolean => {
  if (algorithm.startsWith('HS')) return verifyHmac(token, algorithm, key)
  const publicKey = createPublicKey({ key: key as JsonWebKey, format: 'jwk' })
  const padding = algorithm.startsWith('PS') ? { padding: constants.RSA_PKCS1_PSS_PADDING } : {}
  const hash = algorithm === 'EdDSA' ? undefined : hashOf(algorithm)
  return verify(
    hash,
    Buffer.from(token.signed),
    { key: publicKey, dsaEncoding: 'ieee-p1363', ...padding },
    token.signature,
  )
}

const holds = (token: Token, algorithm: string, key: EnvoyJson): boolean => {
  try {
    return verifyWithKey(token, algorithm, key)
  } catch {
    return false
  }
}

const fits = (token: Token, algorithm: string, key: EnvoyJson): boolean => {
  const wanted = textAt(token.header, 'kid')
  const id = textAt(key, 'kid')
  const named = textAt(key, 'alg')
  if (wanted !== undefined && id !== undefined && id !== wanted) return false
  return (named === undefined || named === algorithm) && textAt(key, 'kty') === familyOf[algorithm.slice(0, 2)]
}

/** Status text when no key of the set verifies the token; undefined when one does. */
export const signatureStatus = (token: Token, jwks: string): string | undefined => {
  const algorithm = textAt(token.header, 'alg') ?? ''
  const keys = objectsAt(parsed(jwks), 'keys').filter(key => fits(token, algorithm, key))
  if (keys.length === 0) return "Jwks doesn't have key to match kid or alg from Jwt"
  return keys.some(key => holds(token, algorithm, key)) ? undefined : 'Jwt verification fails'
}

const parsed = (jwks: string): unknown => {
  try {
    return JSON.parse(jwks)
  } catch {
    return undefined
  }
}
