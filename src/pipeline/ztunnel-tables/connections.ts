import { eachRecord, eachService, eachWholeService, eachWorkload, type ZtunnelSource } from '#decode/ztunnel/source.ts'
import {
  type ConnectionRow,
  connectionRows,
  endsOf,
  FirstAddresses,
  NetworkAddresses,
} from '#dump/ztunnel/connections.ts'
import type { PodState } from '#model/ztunnel.ts'
import {
  type ConnectionFacts,
  connectionColumns,
  wideConnectionColumns,
} from '#render/dump/ztunnel/connection-columns.ts'
import { anyList } from '#render/list/any-list.ts'
import { holderLabel, knows, type TableRequest, type ZtunnelTable } from './table.ts'
import { everyWorkload } from './workloads.ts'

type Holders = ReadonlyMap<ConnectionRow, ZtunnelSource>

/** Each ztunnel has connections of its own: several dumps are shown one after the other. */
export const connections: ZtunnelTable = {
  kind: 'pod',
  columns: connectionColumns(socket => socket),
  isWanted: ({ namespace, name }) =>
    namespace === undefined && name === undefined
      ? undefined
      : ({ value }) => {
          const info = (value as { info?: { namespace?: unknown; name?: unknown } } | null)?.info
          return (
            (namespace === undefined || info?.namespace === namespace) && (name === undefined || info?.name === name)
          )
        },
  list: async request => {
    const { sources, filter, detail } = request
    const holders = new Map<ConnectionRow, ZtunnelSource>()
    for (const source of sources) {
      const pods: PodState[] = []
      await eachRecord(source, 'pod', pod => pods.push(pod))
      for (const row of connectionRows(pods, { ...filter, idlePods: detail === 'wide' })) holders.set(row, source)
    }
    const named = filter.raw === true ? (socket: string) => socket : await namesIn(sources, socketsOf(holders))
    const columns =
      detail === 'default' ? connectionColumns(named) : wideConnectionColumns(await factsOf(request, named, holders))
    return anyList({
      columns,
      rows: [...holders.keys()],
      name: ({ pod }) => `pod/${pod.info?.namespace ?? ''}/${pod.info?.name ?? pod.podUid}`,
    })
  },
}

const socketsOf = (holders: Holders): readonly string[] =>
  [...holders.keys()].flatMap(({ connection }) => (connection ? Object.values(endsOf(connection)) : []))

const namesIn = async (
  sources: readonly ZtunnelSource[],
  sockets: readonly string[],
): Promise<(socket: string) => string> => {
  const names = new FirstAddresses(sockets)
  for (const source of sources) {
    await eachService(source, service => names.addService(service))
    await eachWorkload(source, workload => names.addWorkload(workload))
  }
  return socket => names.named(socket)
}

const factsOf = async (
  { sources }: TableRequest,
  named: (socket: string) => string,
  holders: Holders,
): Promise<ConnectionFacts> => {
  const addresses = new Map<ZtunnelSource, NetworkAddresses>()
  const sockets = socketsOf(holders)
  for (const source of sources) {
    const found = new NetworkAddresses(sockets)
    await eachWholeService(source, service => found.addService(service))
    await everyWorkload(source, workload => found.addWorkload(workload))
    addresses.set(source, found)
  }
  return {
    knowsProtocol: knows(sources)('connectionProtocol'),
    named,
    peer: (row, socket) => {
      const source = holders.get(row)
      const found = source && addresses.get(source)
      if (source === undefined || found === undefined) return { kind: 'unknown' }
      const { network } = source.facts.config
      return isGateway(row, socket) ? found.findGateway(network, socket) : found.find(network, socket)
    },
    nodeOf: holderLabel(sources, holders),
  }
}

/** Where a ztunnel sends what is for another network. */
const isGateway = ({ connection }: ConnectionRow, socket: string): boolean =>
  connection?.protocol === 'DOUBLEHBONE' && connection.direction === 'outbound' && connection.actualDst === socket
