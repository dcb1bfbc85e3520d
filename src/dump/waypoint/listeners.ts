import { objectAt, textAt } from '#decode/json/member.ts'
import { compare } from '#model/compare.ts'
import type { EnvoyDump, EnvoyJson, EnvoyResource } from '#model/envoy.ts'
import { listenerAddress, listenerAddresses, listenerPort } from './address.ts'
import { chainName, chainsOf, filtersOf, hcmName, isInternal, tcpProxyName } from './chain.ts'
import { legacyMatchText } from './chain-match.ts'
import { chainDestination, mentionsBlackHole } from './destination.ts'
import { inListOrder, type ResourceFacts, resourceFacts, serves } from './resource.ts'

export type ListenerType = 'HTTP' | 'TCP' | 'HTTP+TCP' | 'UNKNOWN'

/** One filter chain of a listener, as istioctl lists them. */
export interface ListenerRow extends ResourceFacts {
  readonly name: string
  /** Empty for an internal listener. */
  readonly addresses: readonly string[]
  readonly port: number
  readonly internal: boolean
  readonly type: ListenerType
  readonly chain: string
  readonly match: string
  readonly destination: string
  /** From `/listeners`, of the version that serves; undefined when that was not collected. */
  readonly bound: boolean | undefined
}

export interface ListenerWish {
  readonly address?: string | undefined
  readonly port?: number | undefined
  readonly type?: string | undefined
}

const listenerType = (listener: EnvoyJson): ListenerType => {
  const filters = chainsOf(listener).flatMap(filtersOf)
  const http = filters.some(filter => textAt(filter, 'name') === hcmName)
  const tcp = filters.some(
    filter => textAt(filter, 'name') === tcpProxyName && !mentionsBlackHole(objectAt(filter, 'typed_config') ?? {}),
  )
  if (http) return tcp ? 'HTTP+TCP' : 'HTTP'
  return tcp ? 'TCP' : 'UNKNOWN'
}

const wanted = ({ config }: EnvoyResource, { address, port, type }: ListenerWish): boolean =>
  (address === undefined || listenerAddress(config).toLowerCase() === address.toLowerCase()) &&
  (port === undefined || listenerPort(config) === port) &&
  (type === undefined || listenerType(config).toLowerCase() === type.toLowerCase())

export const wantedListeners = (dump: EnvoyDump, wish: ListenerWish): readonly EnvoyResource[] =>
  inListOrder(dump.listeners).filter(listener => wanted(listener, wish))

const byPlace = (a: EnvoyResource, b: EnvoyResource): number =>
  compare(listenerPort(a.config), listenerPort(b.config)) ||
  compare(listenerAddress(a.config), listenerAddress(b.config)) ||
  compare(listenerType(a.config), listenerType(b.config))

const rowsOf = (dump: EnvoyDump, resource: EnvoyResource): readonly ListenerRow[] => {
  const { config, name } = resource
  const facts = {
    ...resourceFacts(dump, resource),
    name,
    addresses: listenerAddresses(config),
    port: listenerPort(config),
    internal: isInternal(config),
    type: listenerType(config),
    bound: dump.bound === undefined ? undefined : serves(resource) && dump.bound.includes(name),
  }
  const chains = chainsOf(config).map((chain, index) => ({
    ...facts,
    chain: chainName(chain, index),
    match: legacyMatchText(chain),
    destination: chainDestination(chain),
  }))
  if (chains.length === 0) return [{ ...facts, chain: '', match: '', destination: '' }]
  return chains.toSorted((a, b) => compare(b.destination, a.destination))
}

/** Ordered by port, address and type, and below a listener by destination descending, as istioctl does. */
export const listenerRows = (dump: EnvoyDump, wish: ListenerWish = {}): readonly ListenerRow[] =>
  wantedListeners(dump, wish)
    .toSorted(byPlace)
    .flatMap(resource => rowsOf(dump, resource))
