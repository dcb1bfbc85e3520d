import { objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import { mutateHeaders } from '../route/mutation.ts'
import { defineHttpFilter } from './filter.ts'

export const headerMutation = defineHttpFilter({
  types: ['envoy.extensions.filters.http.header_mutation.v3.HeaderMutation'],
  decide: ({ exchange, config, overrides }) => {
    const levels = [config, ...overrides.toReversed()]
    const { connection, headers, metadata, filterState } = exchange
    for (const mutation of levels.flatMap(level => objectsAt(level, 'mutations', 'request_mutations'))) {
      const append = objectAt(mutation, 'append')
      const remove = textAt(mutation, 'remove')
      if (remove !== undefined) headers.remove(remove)
      if (append !== undefined)
        mutateHeaders({ add: [append] }, { add: 'add', remove: 'remove' }, headers, {
          connection,
          headers,
          metadata,
          filterState,
        })
    }
    return { effect: 'changed' }
  },
})
