import { objectsAt, textAt, textsAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { Headers } from '../headers.ts'
import { cookieOf } from '../match/cookie.ts'
import { pathOnly, queryOf } from '../match/path.ts'

/** A token and the header it came from, if it came from one. */
export interface FoundToken {
  readonly text: string
  readonly header?: string
  readonly param?: string
}

/** Where tokens may stand. */
interface Location {
  readonly kind: 'header' | 'param' | 'cookie'
  /** Of headers in lower case. */
  readonly name: string
  /** Before the token in the value of a header. */
  readonly prefix: string
}

const defaults: readonly Location[] = [
  { kind: 'header', name: 'authorization', prefix: 'Bearer ' },
  { kind: 'param', name: 'access_token', prefix: '' },
]

const locationsOf = (provider: EnvoyJson): readonly Location[] => {
  const own: readonly Location[] = [
    ...objectsAt(provider, 'from_headers').map(location => ({
      kind: 'header' as const,
      name: (textAt(location, 'name') ?? '').toLowerCase(),
      prefix: textAt(location, 'value_prefix') ?? '',
    })),
    ...textsAt(provider, 'from_params').map(name => ({ kind: 'param' as const, name, prefix: '' })),
    ...textsAt(provider, 'from_cookies').map(name => ({ kind: 'cookie' as const, name, prefix: '' })),
  ]
  return own.length === 0 ? defaults : own
}

const kinds = ['cookie', 'param', 'header'] as const

/** Cookies before parameters before headers, and those of a kind backwards by name and prefix. */
const inOrder = (one: Location, other: Location): number =>
  kinds.indexOf(one.kind) - kinds.indexOf(other.kind) ||
  Buffer.compare(Buffer.from(other.name + other.prefix), Buffer.from(one.name + one.prefix))

/** Behind a prefix begins the token with the first character that may be of one. */
const behindPrefix = (value: string, prefix: string): string | undefined => {
  if (prefix === '') return value
  const at = value.indexOf(prefix)
  if (at < 0) return undefined
  const rest = value.slice(at + prefix.length)
  const start = rest.search(/[A-Za-z0-9\-_.]/)
  return start < 0 ? value : rest.slice(start)
}

const decodedQuery = (path: string): readonly (readonly [name: string, value: string])[] =>
  queryOf(path)
    .split('&')
    .filter(part => part !== '')
    .map(part => /^([^=]*)=?(.*)$/s.exec(part) ?? [])
    .map(([, name = '', value = '']) => [percentDecoded(name), percentDecoded(value)])

const tokensAt = ({ kind, name, prefix }: Location, headers: Headers): readonly FoundToken[] => {
  if (kind === 'header')
    return headers
      .all(name)
      .flatMap(value => behindPrefix(value, prefix) ?? [])
      .map(text => ({ text, header: name }))
      .reverse()
  if (kind === 'cookie') {
    const text = cookieOf(headers, name)
    return text === undefined ? [] : [{ text }]
  }
  const pair = decodedQuery(headers.get(':path') ?? '').find(([known]) => known === name)
  return pair === undefined ? [] : [{ text: pair[1], param: name }]
}

/** Percent-decoded byte by byte, like the text of headers; what is no escape stays. */
const percentDecoded = (text: string): string =>
  text.replace(/(?:%[0-9a-f]{2})+/gi, escapes => Buffer.from(escapes.replaceAll('%', ''), 'hex').toString())

/** A path without one query parameter, as Envoy writes the others anew: decoded, in the order of their names. */
const withoutParam = (path: string, name: string): string => {
  const left = decodedQuery(path)
    .filter(([known]) => known !== name)
    .sort(([one], [other]) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
  const plain = pathOnly(path)
  return left.length === 0 ? plain : `${plain}?${left.map(pair => pair.join('=')).join('&')}`
}

/** A token that is good is not handed on, unless the provider says so. */
export const takeAway = (headers: Headers, { header, param }: FoundToken): void => {
  if (header !== undefined) headers.remove(header)
  if (param !== undefined) headers.set(':path', withoutParam(headers.get(':path') ?? '', param))
}

/** A token with the issuers that may show one at its place; an empty issuer stands for any. */
export interface Shown {
  readonly found: FoundToken
  readonly issuers: ReadonlySet<string>
}

/** Tokens that a request shows to any of the providers, in the order in which Envoy verifies them. */
export const tokensOf = (providers: readonly EnvoyJson[], headers: Headers): readonly Shown[] => {
  const places = new Map<string, { readonly location: Location; readonly issuers: Set<string> }>()
  for (const provider of providers)
    for (const location of locationsOf(provider)) {
      const key = JSON.stringify(location)
      const place = places.get(key) ?? { location, issuers: new Set<string>() }
      places.set(key, place)
      place.issuers.add(textAt(provider, 'issuer') ?? '')
    }
  return [...places.values()]
    .sort((one, other) => inOrder(one.location, other.location))
    .flatMap(({ location, issuers }) => tokensAt(location, headers).map(found => ({ found, issuers })))
}
