import { flagAt, numberAt, objectAt } from '#decode/json/member.ts'
import type { Exchange } from '../exchange.ts'
import { upgradeAsked } from '../hcm/upgrade.ts'
import { defineHttpFilter, type FilterResult, passed } from './filter.ts'

const details = 'request_payload_too_large'

const refused: FilterResult = { effect: 'replied', details, reply: { status: 413, details, body: 'Payload Too Large' } }

/** Bytes of a DATA frame of HTTP/2 at most. */
const longestFrame = 16_384

/** The frame that ends an HTTP/2 request is handed on uncounted: how long it is, the client decides. */
const mayFit = ({ version }: Exchange, body: number, most: number): boolean =>
  version === '2' && body - longestFrame <= most

/** Where a request does not tell how long its body is, a limit is a note. */
export const buffer = defineHttpFilter({
  types: ['envoy.extensions.filters.http.buffer.v3.Buffer'],
  decide: ({ walk, exchange, config, overrides }) => {
    const [override] = overrides
    if (flagAt(override, 'disabled') === true) return { effect: 'skipped' }
    // A stream that is upgraded has no end, for which the filter waits, nor has one that is reset.
    const { bodyBytes, cutShort } = exchange
    if (upgradeAsked(exchange) !== undefined || (cutShort && bodyBytes !== 0))
      return { effect: 'passed', details: 'waits for the end of the request', waits: true }
    const most = numberAt(objectAt(override, 'buffer') ?? config, 'max_request_bytes') ?? 0
    exchange.buffered = bodyBytes !== 0
    if (bodyBytes === undefined)
      walk.step({ kind: 'note', about: 'buffer', text: `413 when the body has more than ${most} bytes`, evidence: [] })
    if (bodyBytes === undefined || bodyBytes <= most) return passed
    return mayFit(exchange, bodyBytes, most)
      ? { effect: 'opaque', details: `413 when the last of its frames begins behind ${most} bytes` }
      : refused
  },
})
