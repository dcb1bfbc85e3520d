import { asObject } from '#decode/json/at.ts'
import type { EnvoyJson } from '#model/envoy.ts'

/** Members that hold private material, wherever they stand in a Secret. */
const confidential = new Set(['private_key', 'private_key_provider', 'pkcs12', 'password', 'keys', 'generic_secret'])
const redacted = { inline_string: '[redacted]' }

/** A secret without its private material; certificates stay. */
export const withoutKeys = (secret: EnvoyJson): EnvoyJson =>
  Object.fromEntries(
    Object.entries(secret).map(([name, value]) => {
      if (confidential.has(name)) return [name, redacted]
      const inner = asObject(value)
      return [name, inner === undefined ? value : withoutKeys(inner)]
    }),
  )
