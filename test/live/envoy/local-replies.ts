import type { Random } from '../../support/random.ts'
import type { Json } from './json.ts'
import { headerMatcher } from './vocabulary.ts'

const flags = ['UF', 'UH', 'UC', 'UT', 'UR', 'NR', 'NC', 'URX', 'FI', 'DPE'] as const
const grpcStatuses = ['UNAVAILABLE', 'PERMISSION_DENIED', 'INTERNAL', 'UNIMPLEMENTED', 'UNKNOWN', 'OK'] as const

const filterOf = (random: Random, depth = 0): Json => {
  const inner = () => random.times(2, 2, () => filterOf(random, depth + 1))
  const kind = random.pick(
    depth > 0
      ? (['flag', 'code', 'grpc', 'header'] as const)
      : (['flag', 'flag', 'code', 'grpc', 'header', 'and', 'or'] as const),
  )
  switch (kind) {
    case 'flag':
      return {
        response_flag_filter: random.maybe(0.85, () => ({ flags: random.times(1, 3, () => random.pick(flags)) })),
      }
    case 'code': {
      const value = { default_value: random.pick([400, 403, 404, 500, 503, 504] as const), runtime_key: 'unset' }
      return { status_code_filter: { comparison: { op: random.pick(['EQ', 'GE', 'LE'] as const), value } } }
    }
    case 'grpc': {
      const statuses = random.times(1, 2, () => random.pick(grpcStatuses))
      return { grpc_status_filter: { statuses, ...random.maybe(0.3, () => ({ exclude: true })) } }
    }
    case 'header':
      return { header_filter: { header: headerMatcher(random) } }
    default:
      return { [`${kind}_filter`]: { filters: inner() } }
  }
}

const texts = [
  '%LOCAL_REPLY_BODY%',
  '%RESPONSE_CODE% %RESPONSE_FLAGS%: %LOCAL_REPLY_BODY%',
  '%RESPONSE_CODE_DETAILS%',
  '%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %REQ(:AUTHORITY)% %PROTOCOL%',
  'to %UPSTREAM_CLUSTER% by %ROUTE_NAME%, %UPSTREAM_REQUEST_ATTEMPT_COUNT% tries',
  '100%% %REQ(x-a)% %REQ(x-none)% %REQ(x-a):2% %RESP(:STATUS)% %RESP(x-resp)%',
  '%DOWNSTREAM_LOCAL_PORT% %DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%',
] as const

const json = (random: Random): Json => ({
  status: '%RESPONSE_CODE%',
  message: '%LOCAL_REPLY_BODY%',
  asked: { path: '%REQ(:PATH)%', a: '%REQ(x-a)%', none: '%REQ(x-none)%' },
  cluster: '%UPSTREAM_CLUSTER%',
  said: [random.pick(texts), '%RESPONSE_FLAGS%', '%UPSTREAM_REQUEST_ATTEMPT_COUNT%', 1.5, true],
})

const format = (random: Random): Json => ({
  ...(random.chance(0.4)
    ? { json_format: json(random) }
    : { text_format_source: { inline_string: random.pick(texts) } }),
  ...random.maybe(0.2, () => ({ omit_empty_values: true })),
})

const added = (random: Random): Json => ({
  header: {
    key: random.pick(['x-resp', 'x-resp-mapped'] as const),
    value: random.pick(['m', '%RESPONSE_CODE%'] as const),
  },
  append_action: random.pick([
    'APPEND_IF_EXISTS_OR_ADD',
    'ADD_IF_ABSENT',
    'OVERWRITE_IF_EXISTS_OR_ADD',
    'OVERWRITE_IF_EXISTS',
  ] as const),
})

/** What a connection manager makes of every answer that is its own. */
export const localReplies = (random: Random): Json => ({
  mappers: random.times(0, 3, () => ({
    filter: filterOf(random),
    ...random.maybe(0.5, () => ({ status_code: random.pick([200, 404, 418, 503, 599] as const) })),
    ...random.maybe(0.4, () => ({ body: { inline_string: random.pick(['', 'mapped', '%RESPONSE_CODE%'] as const) } })),
    ...random.maybe(0.4, () => ({ headers_to_add: [added(random)] })),
    ...random.maybe(0.3, () => ({ body_format_override: format(random) })),
  })),
  ...random.maybe(0.6, () => ({ body_format: format(random) })),
})
