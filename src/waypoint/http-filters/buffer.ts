import { flagAt, numberAt, objectAt } from '#decode/json/member.ts'
import { upgradeAsked } from '../hcm/upgrade.ts'
import { defineHttpFilter, passed } from './filter.ts'

/** Whether a body arrives whole cannot be told beforehand: a limit is a note. */
export const buffer = defineHttpFilter({
  types: ['envoy.extensions.filters.http.buffer.v3.Buffer'],
  decide: ({ walk, exchange, config, overrides }) => {
    const [override] = overrides
    if (flagAt(override, 'disabled') === true) return { effect: 'skipped' }
    // A stream that is upgraded has no end, for which the filter waits.
    if (upgradeAsked(exchange) !== undefined)
      return { effect: 'passed', details: 'waits for the end of the request', waits: true }
    const most = numberAt(objectAt(override, 'buffer') ?? config, 'max_request_bytes') ?? 0
    walk.step({ kind: 'note', about: 'buffer', text: `413 when the body has more than ${most} bytes`, evidence: [] })
    return passed
  },
})
