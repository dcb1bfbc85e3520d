import { objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { Exchange } from '../exchange.ts'
import type { Headers } from '../headers.ts'
import { mutateHeaders } from '../route/mutation.ts'
import { typeOf } from '../types.ts'
import type { Walk } from '../walk.ts'
import { defineHttpFilter } from './filter.ts'

const type = 'envoy.extensions.filters.http.header_mutation.v3.HeaderMutation'

const mutate = (
  levels: readonly EnvoyJson[],
  list: 'request_mutations' | 'response_mutations',
  changed: Headers,
  exchange: Exchange,
  walk: Walk,
): void => {
  for (const mutation of levels.flatMap(level => objectsAt(level, 'mutations', list))) {
    const append = objectAt(mutation, 'append')
    const remove = textAt(mutation, 'remove')
    if (remove !== undefined) changed.remove(remove)
    if (append !== undefined)
      mutateHeaders(
        { add: [append] },
        { add: 'add', remove: 'remove' },
        changed,
        exchange,
        list === 'request_mutations' ? walk.leaveOut : walk.leaveOutOfAnswer,
      )
  }
}

/** What a filter adds to every answer, to those too that were given before it was asked. */
export const mutateResponse = (walk: Walk, filter: EnvoyJson, exchange: Exchange): void => {
  if (typeOf(filter) === type)
    mutate([objectAt(filter, 'typed_config') ?? {}], 'response_mutations', exchange.responseHeaders, exchange, walk)
}

export const headerMutation = defineHttpFilter({
  types: [type],
  decide: ({ walk, exchange, config, overrides }) => {
    mutate([config, ...overrides.toReversed()], 'request_mutations', exchange.headers, exchange, walk)
    mutate(overrides.toReversed(), 'response_mutations', exchange.responseHeaders, exchange, walk)
    return { effect: 'changed' }
  },
})
