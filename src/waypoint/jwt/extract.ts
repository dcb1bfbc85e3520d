import { listAt, objectsAt, textAt, textsAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { Headers } from '../headers.ts'
import { firstQueryValues, pathOnly, queryOf } from '../match/path.ts'

/** A token and the header it came from, if it came from one. */
export interface FoundToken {
  readonly text: string
  readonly header?: string
  readonly param?: string
}

const defaultHeaders = [{ name: 'Authorization', value_prefix: 'Bearer ' }]
const defaultParams = ['access_token']

const locations = ['from_headers', 'from_params', 'from_cookies']

const fromHeader = (headers: Headers, location: EnvoyJson): readonly FoundToken[] => {
  const name = textAt(location, 'name') ?? ''
  const prefix = textAt(location, 'value_prefix') ?? ''
  const value = headers.all(name).join(',')
  const at = value.indexOf(prefix)
  if (value === '' || at < 0) return []
  return [{ text: value.slice(at + prefix.length), header: name }]
}

const cookies = (headers: Headers): ReadonlyMap<string, string> =>
  new Map(
    headers
      .all('cookie')
      .flatMap(line => line.split(';'))
      .map(pair => pair.trim().split('='))
      .map(([name = '', ...value]) => [name, value.join('=')]),
  )

const valuesOf = (names: readonly string[], from: ReadonlyMap<string, string>) =>
  names.flatMap(name => {
    const text = from.get(name)
    return text === undefined ? [] : [{ name, text }]
  })

/** Percent-decoded byte by byte, like the text of headers; what is no escape stays. */
const percentDecoded = (text: string): string =>
  text.replace(/(?:%[0-9a-f]{2})+/gi, escapes => Buffer.from(escapes.replaceAll('%', ''), 'hex').toString())

/** A path without one query parameter, as Envoy writes the others anew: decoded, in the order of their names. */
const withoutParam = (path: string, name: string): string => {
  const left = queryOf(path)
    .split('&')
    .filter(part => part !== '')
    .map(part => /^([^=]*)=?(.*)$/s.exec(part) ?? [])
    .map(([, key = '', value = '']) => ({ key: percentDecoded(key), value: percentDecoded(value) }))
    .filter(({ key }) => key !== name)
    .sort((one, other) => Buffer.compare(Buffer.from(one.key), Buffer.from(other.key)))
  const plain = pathOnly(path)
  return left.length === 0 ? plain : `${plain}?${left.map(({ key, value }) => `${key}=${value}`).join('&')}`
}

/** A token that is good is not handed on, unless the provider says so. */
export const takeAway = (headers: Headers, { header, param }: FoundToken): void => {
  if (header !== undefined) headers.remove(header)
  if (param !== undefined) headers.set(':path', withoutParam(headers.get(':path') ?? '', param))
}

/** Tokens of a provider in a request, in the order in which Envoy looks. */
export const tokensOf = (provider: EnvoyJson, headers: Headers): readonly FoundToken[] => {
  const usesDefaults = locations.every(location => listAt(provider, location).length === 0)
  const query = firstQueryValues(headers.get(':path') ?? '')
  const jar = cookies(headers)
  const params = usesDefaults ? defaultParams : textsAt(provider, 'from_params')
  return [
    ...(usesDefaults ? defaultHeaders : objectsAt(provider, 'from_headers')).flatMap(location =>
      fromHeader(headers, location),
    ),
    ...valuesOf(params, query).map(({ name, text }) => ({ text, param: name })),
    ...valuesOf(textsAt(provider, 'from_cookies'), jar).map(({ text }) => ({ text })),
  ]
}
