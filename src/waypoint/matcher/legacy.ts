import { listAt, numberAt, objectAt, objectsAt, textAt, textsAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import { inRange, ipBits } from '../address.ts'
import type { Connection } from '../connection.ts'

interface Candidate {
  readonly index: number
  readonly match: EnvoyJson
}

/** Candidates that go on together; several groups where the same binary was seen to take either. */
type Groups = readonly (readonly Candidate[])[]

/** One level of the nest of maps, with no way back. */
type Level = (candidates: readonly Candidate[], connection: Connection) => Groups

const byExact =
  (specific: (match: EnvoyJson) => readonly string[], keys: (connection: Connection) => readonly string[]): Level =>
  (candidates, connection) => {
    for (const key of keys(connection)) {
      const found = candidates.filter(({ match }) => specific(match).includes(key))
      if (found.length > 0) return [found]
    }
    return [candidates.filter(({ match }) => specific(match).length === 0)]
  }

/** Addresses that are no IP are looked up as 255.255.255.255 (specs/waypoint.md §5.1). */
const placeholder = '255.255.255.255'

const lengthOf = (range: EnvoyJson): number => {
  const width = ipBits(textAt(range, 'address_prefix') ?? '')?.width ?? 0
  return Math.min(numberAt(range, 'prefix_len') ?? 0, width)
}

const byRange =
  (member: string, ip: (connection: Connection) => string): Level =>
  (candidates, connection) => {
    const address = ip(connection)
    const longest = ({ match }: Candidate): number =>
      Math.max(
        -1,
        ...objectsAt(match, member)
          .filter(range => inRange(address, textAt(range, 'address_prefix') ?? '', lengthOf(range)))
          .map(lengthOf),
      )
    const best = Math.max(-1, ...candidates.map(longest))
    const unranged = candidates.filter(({ match }) => listAt(match, member).length === 0)
    if (best < 0) return [unranged]
    const ranged = candidates.filter(candidate => longest(candidate) === best)
    // A range of length 0 and no range at all claim the same slot: either wins (specs/waypoint-measured.md §2).
    return best === 0 && unranged.length > 0 ? [ranged, unranged] : [ranged]
  }

/** `www.example.com`, then `.example.com`, `.com`: how wildcard names are stored. */
const serverNameKeys = (name: string): readonly string[] => {
  const keys = name === '' ? [] : [name]
  for (let dot = name.indexOf('.', 1); dot > 0; dot = name.indexOf('.', dot + 1)) keys.push(name.slice(dot))
  return keys
}

const storedServerNames = (match: EnvoyJson): readonly string[] =>
  textsAt(match, 'server_names').map(name => name.toLowerCase().replace(/^\*\./, '.'))

const present = (text: string | undefined): readonly string[] => (text === undefined || text === '' ? [] : [text])

const sourceTypes = (match: EnvoyJson): readonly string[] =>
  present(textAt(match, 'source_type')).filter(type => type !== 'ANY')

const sourceTypeKeys = ({ remote, local }: Connection): readonly string[] => {
  const loopback = remote.kind === 'ip' && (remote.ip === '127.0.0.1' || remote.ip === '::1')
  const same = remote.kind === 'ip' && local.kind === 'ip' && remote.ip === local.ip
  return [loopback || same || remote.kind !== 'ip' ? 'SAME_IP_OR_LOOPBACK' : 'EXTERNAL']
}

const ipOr = (address: Connection['local']): string => (address.kind === 'ip' ? address.ip : placeholder)
const numbers = (values: readonly unknown[]): readonly string[] => values.map(value => `${value}`)

const levels: readonly Level[] = [
  byExact(
    match => present(numberAt(match, 'destination_port')?.toString()),
    ({ local }) => (local.kind === 'ip' ? [`${local.port}`] : ['0']),
  ),
  byRange('prefix_ranges', ({ local }) => ipOr(local)),
  byExact(storedServerNames, ({ serverName }) => serverNameKeys(serverName.toLowerCase())),
  byExact(
    match => present(textAt(match, 'transport_protocol')),
    ({ transportProtocol }) => present(transportProtocol),
  ),
  byExact(
    match => textsAt(match, 'application_protocols'),
    ({ applicationProtocols }) => applicationProtocols,
  ),
  byRange('direct_source_prefix_ranges', ({ directRemote }) => ipOr(directRemote)),
  byExact(sourceTypes, sourceTypeKeys),
  byRange('source_prefix_ranges', ({ remote }) => ipOr(remote)),
  byExact(
    match => numbers(listAt(match, 'source_ports')),
    ({ remote }) => (remote.kind === 'ip' ? [`${remote.port}`] : []),
  ),
]

const descend = (candidates: readonly Candidate[], connection: Connection, depth: number): readonly number[] => {
  const level = levels[depth]
  if (level === undefined || candidates.length === 0) return candidates.map(({ index }) => index)
  return level(candidates, connection).flatMap(group => descend(group, connection, depth + 1))
}

/**
 * Indexes of the chains that `filter_chain_match` may select, without backtracking at any level (specs/waypoint.md §5.1):
 * none, one, or several where the choice is not determined.
 */
export const legacyChains = (chains: readonly EnvoyJson[], connection: Connection): readonly number[] =>
  descend(
    chains.map((chain, index) => ({ index, match: objectAt(chain, 'filter_chain_match') ?? {} })),
    connection,
    0,
  )
