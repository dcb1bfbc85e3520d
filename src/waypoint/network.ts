import { objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { Connection, FilterStateObject } from './connection.ts'
import { runConnectionManager } from './hcm/connection-manager.ts'
import { Headers } from './headers.ts'
import type { Located } from './lookup.ts'
import type { NetworkFilter, NetworkResult, NetworkStage } from './network-filters/filter.ts'
import { networkFilterOf } from './network-filters/registry.ts'
import { originOf } from './origin.ts'
import type { Ending, HostChoice } from './outcome.ts'
import type { InnerTraffic } from './request.ts'
import { type ChosenCluster, drawWeighted } from './route/cluster.ts'
import { typeOf } from './types.ts'
import { chooseHosts } from './upstream/choose.ts'
import { criteriaOf } from './upstream/subset.ts'
import type { Walk } from './walk.ts'

export const connectionManagerType = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
const tcpProxyType = 'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy'

interface Chain {
  readonly walk: Walk
  readonly connection: Connection
  readonly state: Map<string, FilterStateObject>
  readonly chain: Located
}

const configOf = (filter: EnvoyJson): EnvoyJson => {
  const config = objectAt(filter, 'typed_config') ?? {}
  return textAt(config, '@type')?.endsWith('.TypedStruct') === true ? (objectAt(config, 'value') ?? {}) : config
}

const step = ({ walk, chain }: Chain, filter: EnvoyJson, index: number, result: NetworkResult): void =>
  walk.step({
    kind: 'networkFilter',
    filter: textAt(filter, 'name') ?? '',
    type: typeOf(filter),
    effect: result.effect,
    ...(result.termination === undefined ? {} : { details: result.termination }),
    ...(result.reason === undefined ? {} : { reason: result.reason }),
    ...(result.origin === undefined ? {} : { origin: result.origin }),
    evidence: walk.evidence(`${chain.pointer}/filters/${index}`),
  })

const stageOf = ({ walk, connection, state }: Chain, filter: EnvoyJson): NetworkStage => ({
  walk,
  connection,
  state,
  config: configOf(filter),
})

const isLast = (filter: EnvoyJson): boolean => [connectionManagerType, tcpProxyType].includes(typeOf(filter))

const before = (chain: Chain): readonly EnvoyJson[] =>
  objectsAt(chain.chain.config, 'filters').filter(filter => !isLast(filter))

const opaque = (chain: Chain, filter: EnvoyJson): NetworkResult => {
  chain.walk.assume({ kind: 'filter', what: textAt(filter, 'name') ?? '', assumed: 'passes' })
  return { effect: 'opaque' }
}

/** Filters that act when the connection opens. */
const open = (chain: Chain): void => {
  for (const [index, filter] of before(chain).entries()) {
    const modelled = networkFilterOf(typeOf(filter))
    if (modelled === undefined) step(chain, filter, index, opaque(chain, filter))
    else if (modelled.onOpen !== undefined) step(chain, filter, index, modelled.onOpen(stageOf(chain, filter)))
    else if (modelled.onData === undefined) step(chain, filter, index, { effect: 'passed' })
  }
}

/** Filters that act on the first bytes; what a filter says when it closes the connection. */
const firstBytes = (chain: Chain): string | undefined => {
  for (const [index, filter] of before(chain).entries()) {
    const onData: NetworkFilter['onData'] = networkFilterOf(typeOf(filter))?.onData
    if (onData === undefined) continue
    const result = onData(stageOf(chain, filter))
    step(chain, filter, index, result)
    if (result.termination !== undefined) return result.termination
  }
  return undefined
}

const clusterOf = ({ walk }: Chain, config: EnvoyJson): ChosenCluster => {
  const name = textAt(config, 'cluster')
  if (name !== undefined) return { name }
  return drawWeighted(walk, objectAt(config, 'weighted_clusters') ?? {}, new Headers()) ?? { name: '' }
}

/** Hosts that tcp_proxy dials at once, or the flag with which it closes. */
const dial = (chain: Chain, config: EnvoyJson): readonly HostChoice[] | 'NC' | 'UH' => {
  const { walk, connection, state } = chain
  const { name, entry, share } = clusterOf(chain, config)
  const cluster = walk.index.clusters.get(name)
  const origin = originOf(cluster?.config)
  walk.step({
    kind: 'cluster',
    cluster: name,
    known: cluster !== undefined,
    ...(share === undefined ? {} : { share }),
    ...(origin === undefined ? {} : { origin }),
    evidence: walk.evidence(cluster?.pointer ?? chain.chain.pointer),
  })
  if (cluster === undefined) return 'NC'
  walk.reached.cluster = name
  const hosts = chooseHosts(walk, cluster, { connection, state, criteria: criteriaOf([config, entry]) })
  return hosts.length === 0 ? 'UH' : hosts
}

const closed = (termination: string, hosts: readonly HostChoice[]): Ending => ({
  kind: 'closed',
  flags: [],
  termination,
  hosts,
})

const proxy = (chain: Chain, config: EnvoyJson, traffic: InnerTraffic): Ending => {
  const dialled = dial(chain, config)
  if (typeof dialled === 'string') return { kind: 'closed', flags: [dialled], hosts: [] }
  const denied = traffic.kind === 'silent' ? undefined : firstBytes(chain)
  return denied === undefined ? { kind: 'proxied', hosts: dialled } : closed(denied, dialled)
}

/** The network filters of one chain, in order; connections go on to a connection manager or to tcp_proxy. */
export const runChain = (walk: Walk, chain: Located, connection: Connection, traffic: InnerTraffic): Ending => {
  const running: Chain = { walk, connection, state: new Map(connection.filterState), chain }
  open(running)
  const filters = objectsAt(chain.config, 'filters')
  const index = filters.findIndex(isLast)
  const last = filters[index]
  if (last === undefined) {
    walk.assume({ kind: 'filter', what: textAt(filters.at(-1), 'name') ?? 'network filters', assumed: 'passes' })
    return { kind: 'closed', flags: [], hosts: [] }
  }
  if (typeOf(last) === tcpProxyType) return proxy(running, configOf(last), traffic)
  const denied = traffic.kind === 'silent' ? undefined : firstBytes(running)
  if (denied !== undefined) return closed(denied, [])
  const manager = { config: configOf(last), pointer: `${chain.pointer}/filters/${index}/typed_config` }
  return runConnectionManager(walk, manager, { ...connection, filterState: running.state }, traffic)
}
