import { objectsAt } from '#decode/json/member.ts'
import { filterStateFrom } from '../filter-state.ts'
import { defineHttpFilter } from './filter.ts'

export const setFilterState = defineHttpFilter({
  types: ['envoy.extensions.filters.http.set_filter_state.v3.Config'],
  decide: ({ walk, exchange, config }) => {
    const { objects, unmodelled } = filterStateFrom(objectsAt(config, 'on_request_headers'), exchange)
    for (const [key, object] of objects) exchange.filterState.set(key, object)
    for (const key of unmodelled) walk.assume({ kind: 'missing', what: `filter state ${key}`, assumed: 'not set' })
    return { effect: 'changed' }
  },
})

/** Istio's own filter of 1.18 and 1.19: the CONNECT authority becomes the destination, nothing else is carried. */
export const connectAuthority = defineHttpFilter({
  types: ['io.istio.http.connect_authority.Config'],
  decide: ({ exchange }) => {
    exchange.filterState.set('envoy.filters.listener.original_dst.local_ip', {
      text: exchange.authority,
      shared: 'ONCE',
    })
    return { effect: 'changed' }
  },
})
