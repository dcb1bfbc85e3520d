import type { RecordedRequest } from '../../fidelity/waypoint/recorded.ts'

type Pair = readonly [name: string, value: string]

/** What a configuration, and the requests recorded with it, speak of: new requests are made of it. */
export interface Words {
  readonly paths: readonly string[]
  readonly queries: readonly string[]
  readonly headers: readonly Pair[]
  readonly hosts: readonly string[]
  readonly authorities: readonly string[]
  readonly identities: readonly string[]
  readonly sources: readonly string[]
  readonly names: readonly string[]
}

/** A text that most of the regexes in configurations match. */
const example = (regex: string): string =>
  regex
    .replace(/^\^|\$$/g, '')
    .replace(/\(\?[a-zP<>]*:?/g, '(')
    .replace(/\(([^()|]*)\|[^()]*\)/g, '$1')
    .replace(/[()]/g, '')
    .replace(/\[\^[^\]]*\][+*]?/g, 'abc')
    .replace(/\[([^\]])[^\]]*\][+*?]?/g, '$1')
    .replace(/\\d[+*]?/g, '7')
    .replace(/\.[*+]\??/g, 'zz')
    .replace(/\\(.)/g, '$1')
    .replace(/(.)[?*+]/g, '$1')

type Json = Readonly<Record<string, unknown>>

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const listOf = (value: unknown): readonly Json[] => [value].flat().filter(isJson)

const plain = new Set(['exact', 'prefix', 'suffix', 'contains', 'path', 'path_separated_prefix', 'path_template'])
const legacy = new Set(['exact_match', 'prefix_match', 'suffix_match'])

/** Texts for which a matcher of strings, paths or headers looks. */
const textsOf = (matcher: unknown): readonly string[] => {
  if (!isJson(matcher)) return listOf(matcher).flatMap(textsOf)
  return Object.entries(matcher).flatMap(([kind, value]) => {
    if (typeof value !== 'string')
      return kind === 'safe_regex' && isJson(value) ? [example(`${value.regex}`)] : textsOf(value)
    return plain.has(kind) || legacy.has(kind) ? [value.replace(/\{[^}]*\}|\*+/g, 'seg')] : []
  })
}

class Collected {
  readonly paths: string[] = []
  readonly queries: string[] = []
  readonly headers: Pair[] = []
  readonly hosts: string[] = []
  readonly identities: string[] = []
  readonly sources: string[] = []
  readonly names: string[] = []

  ofHeaders(matchers: readonly Json[]): void {
    for (const matcher of matchers) {
      const name = `${matcher.name}`
      const told = textsOf(matcher)
      if (name === ':authority') this.hosts.push(...told)
      else if (name === ':path') this.paths.push(...told)
      else if (!name.startsWith(':')) this.headers.push(...[...told, '', 'other'].map(text => [name, text] as const))
    }
  }

  ofQueries(matchers: readonly Json[]): void {
    for (const { name, string_match } of matchers)
      this.queries.push(`${name}`, ...[...textsOf(string_match), '', 'other'].map(text => `${name}=${text}`))
  }

  path(matcher: unknown): void {
    this.paths.push(...textsOf(matcher).filter(text => text.startsWith('/')))
  }

  identity(matcher: unknown): void {
    for (const text of textsOf(matcher))
      this.identities.push(text.startsWith('spiffe://') ? text : `spiffe://${text.replace(/^\/+|^zz/, '')}`)
  }
}

const readers: Readonly<Record<string, (into: Collected, value: unknown) => void>> = {
  headers: (into, value) => into.ofHeaders(listOf(value)),
  header: (into, value) => into.ofHeaders(listOf(value)),
  query_parameters: (into, value) => into.ofQueries(listOf(value)),
  url_path: (into, value) => into.path(value),
  match: (into, value) => into.path(value),
  uri_template: (into, value) => into.path(value),
  filter_state: (into, value) => into.identity(value),
  principal_name: (into, value) => into.identity(value),
  address_prefix: (into, value) => into.sources.push(`${value}`),
  allow_origin_string_match: (into, value) =>
    into.headers.push(...textsOf(value).map(text => ['origin', text] as const)),
  domains: (into, value) => into.hosts.push(...(Array.isArray(value) ? value.map(domain => `${domain}`) : [])),
  requested_server_name: (into, value) => into.names.push(...textsOf(value)),
}

const collect = (value: unknown, into: Collected): void => {
  if (Array.isArray(value)) for (const each of value) collect(each, into)
  if (!isJson(value)) return
  for (const [key, each] of Object.entries(value)) {
    readers[key]?.(into, each)
    collect(each, into)
  }
}

const unique = <T>(values: readonly T[]): readonly T[] => [
  ...new Map(values.map(value => [JSON.stringify(value), value])).values(),
]

const texts = (values: readonly (string | null | undefined)[]): readonly string[] =>
  unique(values.filter(value => typeof value === 'string')).filter(value => value !== '')

/** IPv4 from which a client can come: no multicast, no loopback. */
export const isClientAddress = (address: string): boolean =>
  /^(\d+\.){3}\d+$/.test(address) && !/^(0|127|22[4-9]|2[345]\d)\./.test(address)

export const wordsOf = (configuration: unknown, requests: readonly RecordedRequest[]): Words => {
  const found = new Collected()
  collect(configuration, found)
  const identities = texts([...found.identities, ...requests.map(each => each.peer_identity)])
  return {
    paths: unique([...found.paths, ...requests.map(({ path }) => path ?? '/')]),
    queries: unique(found.queries),
    headers: unique([...found.headers, ...requests.flatMap(({ headers }) => headers ?? [])]),
    hosts: texts([...found.hosts, ...requests.map(({ host }) => host)]),
    authorities: texts(requests.map(each => each.connect_authority)),
    identities: identities.filter(identity => /^\(|^spiffe:\/\/[\x21-\x7e]+$/.test(identity)),
    sources: texts([...found.sources, ...requests.map(each => each.source_ip)]).filter(isClientAddress),
    names: texts([...found.names, ...requests.map(({ sni }) => sni)]),
  }
}
