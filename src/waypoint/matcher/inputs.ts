import { textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { Address } from '../address.ts'
import type { Connection } from '../connection.ts'

type Read = (connection: Connection, config: EnvoyJson) => string | undefined

const ipOf = (address: Address): string | undefined => (address.kind === 'ip' ? address.ip : undefined)
const portOf = (address: Address): string | undefined => (address.kind === 'ip' ? `${address.port}` : undefined)
const nonEmpty = (text: string): string | undefined => (text === '' ? undefined : text)

const reads: Readonly<Record<string, Read>> = {
  DestinationIPInput: ({ local }) => ipOf(local),
  DestinationPortInput: ({ local }) => portOf(local),
  SourceIPInput: ({ remote }) => ipOf(remote),
  SourcePortInput: ({ remote }) => portOf(remote),
  DirectSourceIPInput: ({ directRemote }) => ipOf(directRemote),
  ServerNameInput: ({ serverName }) => nonEmpty(serverName),
  TransportProtocolInput: ({ transportProtocol }) => nonEmpty(transportProtocol),
  ApplicationProtocolInput: ({ applicationProtocols }) =>
    nonEmpty(applicationProtocols.map(protocol => `'${protocol}'`).join(',')),
  FilterStateInput: ({ filterState }, config) => filterState.get(textAt(config, 'key') ?? '')?.text,
  // Local or not needs the peer to be on this host, which an internal connection never is.
  SourceTypeInput: () => undefined,
}

const lastWord = (type: string): string => type.slice(type.lastIndexOf('.') + 1)

export const readInput = (
  config: EnvoyJson | undefined,
  connection: Connection,
): { readonly value?: string; readonly unknown?: string } => {
  const type = textAt(config, '@type') ?? ''
  const read = reads[lastWord(type)]
  if (config === undefined || read === undefined) return { unknown: `matcher input ${type}` }
  const value = read(connection, config)
  return value === undefined ? {} : { value }
}
