import { asObject } from '#decode/json/at.ts'
import { objectsAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'

/** Members of a JSON Web Key that let their owner sign: private and symmetric parts. */
const signing = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const

/** The same section, unless a token provider in it holds keys that could sign. */
export const withoutSigningKeys = (section: EnvoyJson): EnvoyJson => asObject(cleanValue(section)) ?? section

const cleanValue = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return mapped(value)
  const members = value as EnvoyJson
  let changed: Record<string, unknown> | undefined
  for (const name in members) {
    const member = members[name]
    const cleaned = name === 'local_jwks' || name === 'localJwks' ? cleanKeySet(member) : cleanValue(member)
    if (cleaned === member) continue
    changed ??= { ...members }
    changed[name] = cleaned
  }
  return changed ?? members
}

const mapped = (items: readonly unknown[]): readonly unknown[] => {
  const cleaned = items.map(cleanValue)
  return cleaned.every((item, index) => item === items[index]) ? items : cleaned
}

const cleanKeySet = (source: unknown): unknown => {
  const members = asObject(source)
  if (members === undefined) return source
  for (const name of ['inline_string', 'inlineString', 'inline_bytes', 'inlineBytes']) {
    const value = members[name]
    if (typeof value !== 'string') continue
    const inBytes = name.endsWith('ytes')
    const text = inBytes ? Buffer.from(value, 'base64').toString() : value
    const cleaned = cleanKeys(text)
    if (cleaned === text) return source
    return { ...members, [name]: inBytes ? Buffer.from(cleaned).toString('base64') : cleaned }
  }
  return source
}

const cleanKeys = (text: string): string => {
  let keys: readonly EnvoyJson[]
  try {
    keys = objectsAt(JSON.parse(text), 'keys')
  } catch {
    return text
  }
  if (!keys.some(key => signing.some(member => member in key))) return text
  const withoutSigning = keys.map(key =>
    Object.fromEntries(
      Object.entries(key).map(([name, value]) => [name, signing.some(part => part === name) ? '[redacted]' : value]),
    ),
  )
  return JSON.stringify({ keys: withoutSigning })
}
