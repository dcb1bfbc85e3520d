import { flagAt } from '#decode/json/member.ts'
import { defineHttpFilter } from './filter.ts'

const http = 'envoy.extensions.filters.http.'

/** Scripts and services whose answer is not in a dump; a route's own configuration may switch them off. */
export const opaque = defineHttpFilter({
  types: [`${http}lua.v3.Lua`, `${http}ext_proc.v3.ExternalProcessor`],
  decide: ({ overrides: [nearest] }) =>
    flagAt(nearest, 'disabled') === true ? { effect: 'skipped' } : { effect: 'opaque' },
})
