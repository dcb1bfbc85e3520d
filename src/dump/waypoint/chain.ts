import { objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import { typedConfig } from './words/typed-config.ts'

export const hcmName = 'envoy.filters.network.http_connection_manager'
export const tcpProxyName = 'envoy.filters.network.tcp_proxy'

/** All chains of a listener, the default one last. */
export const chainsOf = (listener: EnvoyJson): readonly EnvoyJson[] => {
  const standard = objectAt(listener, 'default_filter_chain')
  const chains = objectsAt(listener, 'filter_chains')
  return standard === undefined ? chains : [...chains, standard]
}

export const filtersOf = (chain: EnvoyJson): readonly EnvoyJson[] => objectsAt(chain, 'filters')

/** The HTTP connection manager's configuration when `filter` is one. */
export const hcmOf = (filter: EnvoyJson): EnvoyJson | undefined => {
  const { type, config } = typedConfig(objectAt(filter, 'typed_config'))
  return type.endsWith('.HttpConnectionManager') ? config : undefined
}

export const httpFiltersOf = (hcm: EnvoyJson): readonly EnvoyJson[] => objectsAt(hcm, 'http_filters')

/** A listener of Envoy's own, which only other parts of it can reach. */
export const isInternal = (listener: EnvoyJson): boolean => objectAt(listener, 'internal_listener') !== undefined

/** Without a name a chain is told by its place in the listener. */
export const chainName = (chain: EnvoyJson, index: number): string => textAt(chain, 'name') ?? `#${index}`
