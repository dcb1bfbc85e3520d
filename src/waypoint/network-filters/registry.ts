import { defineNetworkFilter, type NetworkFilter } from './filter.ts'
import { networkRbac } from './rbac.ts'
import { connectAuthority, istioAuthn, setFilterState } from './set-filter-state.ts'

/** Filters that only watch. */
const passive = defineNetworkFilter({
  types: [
    'envoy.tcp.metadataexchange.config.MetadataExchange',
    'stats.PluginConfig',
    'envoy.extensions.network_filters.peer_metadata.Config',
    'envoy.extensions.filters.network.mongo_proxy.v3.MongoProxy',
    'envoy.extensions.filters.network.mysql_proxy.v3.MySQLProxy',
  ],
})

const networkFilters: readonly NetworkFilter[] = [connectAuthority, istioAuthn, networkRbac, passive, setFilterState]

const byType = new Map(networkFilters.flatMap(filter => filter.types.map(type => [type, filter] as const)))

export const networkFilterOf = (type: string): NetworkFilter | undefined => byType.get(type)
