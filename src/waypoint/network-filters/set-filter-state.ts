import { objectsAt } from '#decode/json/member.ts'
import { filterStateFrom } from '../filter-state.ts'
import { Headers } from '../headers.ts'
import { defineNetworkFilter } from './filter.ts'

export const setFilterState = defineNetworkFilter({
  types: ['envoy.extensions.filters.network.set_filter_state.v3.Config'],
  onOpen: ({ walk, connection, state, config }) => {
    const rules = objectsAt(config, 'on_new_connection')
    const subject = { connection, headers: new Headers(), metadata: connection.metadata, filterState: state }
    const { objects, unmodelled } = filterStateFrom(rules, subject)
    for (const [key, object] of objects) state.set(key, object)
    for (const key of unmodelled) walk.assume({ kind: 'missing', what: `filter state ${key}`, assumed: 'not set' })
    return { effect: 'changed' }
  },
})

const destination = 'envoy.filters.listener.original_dst.local_ip'

/** Istio's own filter of 1.18 on the chains for pod addresses: the destination goes on into connect_originate. */
export const connectAuthority = defineNetworkFilter({
  types: ['io.istio.http.connect_authority.Config'],
  onOpen: ({ state }) => {
    const known = state.get(destination)
    if (known !== undefined) state.set(destination, { text: known.text, shared: 'ONCE' })
    return { effect: 'changed' }
  },
})

const identity = (uris: readonly string[]): string | undefined => uris.find(uri => uri.startsWith('spiffe://'))

/** istio_authn of 1.18 and 1.19: the first SPIFFE URI of each side; without one the key is absent (specs/waypoint-eras.md §3). */
export const istioAuthn = defineNetworkFilter({
  types: ['io.istio.network.authn.Config'],
  onOpen: ({ connection: { tls }, state }) => {
    const keys = [
      ['io.istio.peer_principal', identity(tls?.peer?.uris ?? [])],
      ['io.istio.local_principal', identity(tls?.local.uris ?? [])],
    ] as const
    for (const [key, text] of keys) if (text !== undefined) state.set(key, { text, shared: 'ONCE' })
    return { effect: 'changed' }
  },
})
