/** Members that hold private material wherever they stand, in both spellings. References to an SDS secret hold none. */
const confidential = new Set([
  'private_key',
  'privateKey',
  'private_key_provider',
  'privateKeyProvider',
  'pkcs12',
  'password',
  'generic_secret',
  'genericSecret',
  'auth_password',
  'authPassword',
  'downstream_auth_password',
  'downstreamAuthPassword',
  'downstream_auth_passwords',
  'downstreamAuthPasswords',
  'session_ticket_keys',
  'sessionTicketKeys',
  'inline_token',
  'authorization_token',
  'authorizationToken',
  'access_token',
  'accessToken',
  'json_key',
  'jsonKey',
  'client_secret',
  'clientSecret',
  'refresh_token',
  'refreshToken',
  'secret_access_key',
  'secretAccessKey',
  'session_token',
  'sessionToken',
])

/** Members that are private in filters that ask clients for passwords or keys, by the end of their type. */
const ofType: readonly (readonly [type: string, members: readonly string[]])[] = [
  ['.BasicAuth', ['users']],
  ['.BasicAuthPerRoute', ['users']],
  ['.ApiKeyAuth', ['credentials']],
  ['.ApiKeyAuthPerRoute', ['credentials']],
]
const privateOf = (type: unknown): readonly string[] =>
  typeof type === 'string' ? (ofType.find(([ending]) => type.endsWith(ending))?.[1] ?? []) : []

/** The type of a message; of a TypedStruct, in which an EnvoyFilter may bring any message, that of its value. */
const typeOf = (members: Members): unknown => members.type_url ?? members.typeUrl ?? members['@type']

const redacted = { inline_string: '[redacted]' }

type Members = Readonly<Record<string, unknown>>

/** The same value where nothing in it is private, so that a dump of hundreds of megabytes is not copied. */
export const withoutPrivate = (value: unknown, type?: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value
  return Array.isArray(value) ? withoutPrivateItems(value) : withoutPrivateMembers(value as Members, type)
}

const withoutPrivateItems = (items: readonly unknown[]): readonly unknown[] => {
  let changed: unknown[] | undefined
  for (let index = 0; index < items.length; index++) {
    const clean = withoutPrivate(items[index])
    if (clean === items[index]) continue
    changed ??= [...items]
    changed[index] = clean
  }
  return changed ?? items
}

/** A header that carries a credential keeps its scheme: `Bearer [redacted]`. */
const credential = /^(bearer|basic|digest|token|apikey)\s+\S/i
const isCredential = ({ key, value }: Members): boolean =>
  typeof key === 'string' && /authorization/i.test(key) && typeof value === 'string' && credential.test(value)

const withoutPrivateMembers = (members: Members, given: unknown): Members => {
  if (isCredential(members)) return { ...members, value: `${String(members.value).split(/\s/)[0]} [redacted]` }
  let changed: Record<string, unknown> | undefined
  const type = typeOf(members)
  const also = privateOf(type ?? given)
  for (const name in members) {
    const member = members[name]
    const isPrivate = confidential.has(name) || also.includes(name)
    const clean =
      isPrivate && holdsSomething(member) ? redacted : withoutPrivate(member, name === 'value' ? type : undefined)
    if (clean === member) continue
    changed ??= { ...members }
    changed[name] = clean
  }
  return changed ?? members
}

/** A file's name is no secret, and what Envoy has redacted itself stays as it came. */
const holdsSomething = (value: unknown): boolean => {
  if (value === undefined || value === null) return false
  return !/^(\{"\w+":)?"(\[redacted\]|W3JlZGFjdGVkXQ==)"\}?$|^\{"filename":"[^"]*"\}$/.test(JSON.stringify(value))
}
