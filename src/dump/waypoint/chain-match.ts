import { numberAt, objectAt, objectsAt, textAt, textsAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'

const protocolSets: readonly (readonly [words: string, protocols: string])[] = [
  ['App: HTTP TLS', 'http/1.0,http/1.1,h2c,istio-http/1.0,istio-http/1.1,istio-h2'],
  ['App: Istio HTTP Plain', 'istio,istio-http/1.0,istio-http/1.1,istio-h2'],
  ['App: TCP TLS', 'istio-peer-exchange,istio'],
  ['App: HTTP', 'http/1.0,http/1.1,h2c'],
]

/** A legacy `filter_chain_match` in istioctl's words: `SNI: a,b; Trans: tls; App: HTTP; Addr: 10.0.0.0/8:443`, or `ALL`. */
export const legacyMatchText = (chain: EnvoyJson): string => {
  const match = objectAt(chain, 'filter_chain_match')
  const names = textsAt(match, 'server_names')
  const transport = textAt(match, 'transport_protocol') ?? ''
  const protocols = textsAt(match, 'application_protocols').join(',')
  const words = [
    ...(names.length === 0 ? [] : [`SNI: ${names.join(',')}`]),
    ...(transport === '' ? [] : [`Trans: ${transport}`]),
    ...(protocols === '' ? [] : [protocolSets.find(([, set]) => set === protocols)?.[0] ?? `App: ${protocols}`]),
    ...destinationWords(match),
  ]
  return words.length === 0 ? 'ALL' : words.join('; ')
}

const destinationWords = (match: unknown): readonly string[] => {
  const number = numberAt(match, 'destination_port')
  const port = number === undefined ? '' : `:${number}`
  const ranges = objectsAt(match, 'prefix_ranges').map(cidrText).join(',')
  if (ranges !== '') return [`Addr: ${ranges}${port}`]
  return port === '' ? [] : [`Addr: *${port}`]
}

const cidrText = (range: EnvoyJson): string =>
  `${textAt(range, 'address_prefix') ?? ''}/${numberAt(range, 'prefix_len') ?? 0}`

/** The same match by what it looks at; empty lists match anything. */
export interface ChainMatch {
  readonly addresses: readonly string[]
  readonly ports: readonly string[]
  readonly protocols: readonly string[]
  /** Server names, transport and sources, in words. */
  readonly also: string
}

export const chainMatch = (chain: EnvoyJson): ChainMatch => {
  const match = objectAt(chain, 'filter_chain_match')
  const port = numberAt(match, 'destination_port')
  const names = textsAt(match, 'server_names')
  const transport = textAt(match, 'transport_protocol') ?? ''
  const sources = sourceMatchText(match)
  return {
    addresses: objectsAt(match, 'prefix_ranges').map(cidrText),
    ports: port === undefined ? [] : [`${port}`],
    protocols: textsAt(match, 'application_protocols'),
    also: [
      ...(names.length === 0 ? [] : [`server name=${names.join(',')}`]),
      ...(transport === '' ? [] : [`transport=${transport}`]),
      ...(sources === '' ? [] : [sources]),
    ].join('; '),
  }
}

const sourceMatchText = (match: EnvoyJson | undefined): string => {
  const of = (name: string) => objectsAt(match, name).map(cidrText)
  const ports = (Array.isArray(match?.source_ports) ? match.source_ports : []).map(String)
  const type = textAt(match, 'source_type')
  return [
    ...(of('direct_source_prefix_ranges').length === 0 ? [] : [`peer ${of('direct_source_prefix_ranges').join(',')}`]),
    ...(type === undefined ? [] : [`source ${type}`]),
    ...(of('source_prefix_ranges').length === 0 ? [] : [`source ${of('source_prefix_ranges').join(',')}`]),
    ...(ports.length === 0 ? [] : [`source port ${ports.join(',')}`]),
  ].join('; ')
}
