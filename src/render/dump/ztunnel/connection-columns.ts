import { type ConnectionRow, endsOf, type Peer } from '#dump/ztunnel/connections.ts'
import { someOf, unknown } from '#render/dump/refs.ts'
import type { Column } from '#render/list/column.ts'

/** istioctl's columns; `named` puts names for addresses. */
export const connectionColumns = (named: (socket: string) => string): readonly Column<ConnectionRow>[] => [
  {
    key: 'workload',
    header: 'WORKLOAD',
    text: ({ pod }) => (pod.info === undefined ? pod.podUid : `${pod.info.name}.${pod.info.namespace}`),
  },
  {
    key: 'direction',
    header: 'DIRECTION',
    text: ({ connection }) =>
      connection === undefined ? '-' : connection.direction === 'inbound' ? 'Inbound' : 'Outbound',
  },
  { key: 'local', header: 'LOCAL', text: row => named(ends(row).local) },
  { key: 'remote', header: 'REMOTE', text: row => named(ends(row).remote) },
  {
    key: 'remote-target',
    header: 'REMOTE TARGET',
    text: row => (row.connection?.direction === 'inbound' ? ends(row).target : named(ends(row).target)),
  },
  { key: 'protocol', header: 'PROTOCOL', text: ({ connection }) => connection?.protocol ?? '' },
]

const nowhere = { local: '', remote: '', target: '' }
const ends = ({ connection }: ConnectionRow) => (connection === undefined ? nowhere : endsOf(connection))

export interface ConnectionFacts {
  readonly knowsProtocol: boolean
  readonly named: (socket: string) => string
  /** Who has an address on the pod's network. */
  readonly peer: (row: ConnectionRow, socket: string) => Peer
  readonly nodeOf: ((row: ConnectionRow) => string) | undefined
}

export const wideConnectionColumns = (facts: ConnectionFacts): readonly Column<ConnectionRow>[] => {
  const wide = (key: string, header: string, text: (row: ConnectionRow) => string) =>
    ({ key, header, text, wide: true }) as const
  const resolved = (end: keyof typeof nowhere) => (row: ConnectionRow) => {
    const socket = ends(row)[end]
    return row.connection === undefined ? '-' : peerText(facts.peer(row, socket), socket)
  }
  return [
    ...connectionColumns(facts.named),
    wide('state', 'STATE', ({ pod }) => pod.state || unknown),
    wide('tunnel', 'TUNNEL', ({ connection }) =>
      connection === undefined ? '-' : facts.knowsProtocol ? tunnelText(connection.protocol) : unknown,
    ),
    wide('local-name', 'LOCAL ON ITS NETWORK', resolved('local')),
    wide('remote-name', 'REMOTE ON ITS NETWORK', resolved('remote')),
    wide('target-name', 'TARGET ON ITS NETWORK', resolved('target')),
    wide('addresses', 'ADDRESSES', row =>
      row.connection === undefined ? '-' : `${ends(row).local} ↔ ${ends(row).remote}`,
    ),
    wide('identity', 'SERVICE ACCOUNT', ({ pod }) => (pod.info === undefined ? unknown : pod.info.serviceAccount)),
    ...(facts.nodeOf === undefined ? [] : [wide('seen-by', 'SEEN BY', facts.nodeOf)]),
  ]
}

const tunnelText = (protocol: string | undefined): string => {
  if (protocol === 'HBONE') return 'HBONE'
  if (protocol === 'DOUBLEHBONE') return 'double HBONE, through a network gateway'
  return protocol === 'TCP' ? 'none' : (protocol ?? unknown)
}

const peerText = (peer: Peer, socket: string): string => {
  if (peer.kind === 'unknown') return socket === '' ? '-' : `${socket} (not in the dump)`
  const on = peer.elsewhere === undefined ? '' : ` on network ${peer.elsewhere || 'default'}`
  if (peer.kind === 'service')
    return `service ${peer.service.namespace}/${peer.service.hostname}${portText(peer.port)}${on}`
  const names = peer.workloads.map(({ namespace, name }) => `${namespace}/${name}`)
  return `${names.length === 1 ? '' : 'one of '}${someOf(names)}${portText(peer.port)}${on}`
}

const portText = (port: string): string => (port === '' ? '' : `:${port}`)
