import type { Random } from '../../support/random.ts'
import { filter, type Json, router, typed } from './json.ts'
import { jwtFilter } from './jwt.ts'
import { fraction, headerMatcher, rbacRules, stringMatcher } from './vocabulary.ts'

const fault = (random: Random): Json => ({
  ...random.maybe(0.85, () => ({
    abort: {
      ...random.pick([{ http_status: 418 }, { http_status: 503 }, { grpc_status: 14 }, { header_abort: {} }]),
      ...random.maybe(0.9, () => ({ percentage: fraction(random) })),
    },
  })),
  ...random.maybe(0.25, () => ({
    delay: {
      ...random.pick([{ fixed_delay: '0.02s' }, { header_delay: {} }]),
      ...random.maybe(0.9, () => ({ percentage: fraction(random) })),
    },
  })),
  ...random.maybe(0.2, () => ({ headers: [headerMatcher(random)] })),
  ...random.maybe(0.4, () => ({ upstream_cluster: 'c0' })),
})

const cors = (random: Random): Json => ({
  allow_origin_string_match: random.times(0, 2, () => stringMatcher(random, ['http://a.com', 'http://foo.org', '*'])),
  ...random.maybe(0.5, () => ({ allow_methods: 'GET,POST' })),
  ...random.maybe(0.5, () => ({ allow_credentials: true })),
  ...random.maybe(0.5, () => ({ expose_headers: 'x-e' })),
  ...random.maybe(0.3, () => ({ allow_headers: 'x-a,x-b' })),
  ...random.maybe(0.3, () => ({ max_age: '600' })),
  ...random.maybe(0.3, () => ({ allow_private_network_access: random.chance(0.7) })),
  ...random.maybe(0.15, () => ({ filter_enabled: { default_value: fraction(random) } })),
  ...random.maybe(0.1, () => ({ shadow_enabled: { default_value: fraction(random) } })),
  ...random.maybe(0.5, () => ({ forward_not_matching_preflights: random.chance(0.5) })),
})

const rbacOf = (random: Random): Json => ({
  ...random.maybe(0.8, () => ({ rules: rbacRules(random), ...random.maybe(0.2, () => ({ rules_stat_prefix: 'r_' })) })),
  ...random.maybe(0.3, () => ({
    shadow_rules: rbacRules(random),
    ...random.maybe(0.7, () => ({ shadow_rules_stat_prefix: 'sh_' })),
  })),
})

export const overrides = (random: Random): Json => {
  const disabled = typed('config.route.v3.FilterConfig', { disabled: true })
  const some: Json = {}
  if (random.chance(0.25))
    some.rbac = random.chance(0.3)
      ? disabled
      : typed(
          'extensions.filters.http.rbac.v3.RBACPerRoute',
          random.maybe(0.7, () => ({ rbac: rbacOf(random) })),
        )
  if (random.chance(0.2))
    some.fault = random.chance(0.2) ? disabled : typed('extensions.filters.http.fault.v3.HTTPFault', fault(random))
  if (random.chance(0.3))
    some.cors = random.chance(0.2) ? disabled : typed('extensions.filters.http.cors.v3.CorsPolicy', cors(random))
  if (random.chance(0.1))
    some.buffer = typed(
      'extensions.filters.http.buffer.v3.BufferPerRoute',
      random.chance(0.5) ? { disabled: true } : { buffer: { max_request_bytes: 1000 } },
    )
  if (random.chance(0.1)) some.local_ratelimit = localRateLimitConfig(random)
  return Object.keys(some).length === 0 ? {} : { typed_per_filter_config: some }
}

const rbacFilter = (random: Random, name: string): Json =>
  filter(name, 'extensions.filters.http.rbac.v3.RBAC', rbacOf(random))

/** A bucket that no run empties, or one that is not enforced. */
const localRateLimitConfig = (random: Random): Json => {
  const all = { default_value: { numerator: 100 } }
  return typed('extensions.filters.http.local_ratelimit.v3.LocalRateLimit', {
    stat_prefix: 'x',
    ...(random.chance(0.5)
      ? { token_bucket: { max_tokens: 1_000_000, fill_interval: '1s' }, filter_enabled: all, filter_enforced: all }
      : { token_bucket: { max_tokens: 1, fill_interval: '3600s' }, filter_enabled: all }),
  })
}

export const httpFilters = (random: Random): readonly Json[] => {
  const optional: readonly Json[] = [
    filter('h2m', 'extensions.filters.http.header_to_metadata.v3.Config', {
      request_rules: [
        {
          header: 'x-a',
          on_header_present: { metadata_namespace: 'h2m', key: 'a' },
          on_header_missing: { metadata_namespace: 'h2m', key: 'a', value: 'ab' },
        },
        { header: 'x-b', on_header_present: { metadata_namespace: 'h2m', key: 'b' } },
      ],
    }),
    filter('set_md', 'extensions.filters.http.set_metadata.v3.Config', {
      metadata: [{ metadata_namespace: 'test.md', value: { role: 'admin', num: 3, ok: true, list: ['x', 'y'] } }],
    }),
    filter('hm', 'extensions.filters.http.header_mutation.v3.HeaderMutation', {
      mutations: {
        request_mutations: [
          { append: { header: { key: 'x-set', value: 'p' }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' } },
          { remove: 'x-b' },
        ],
      },
    }),
    rbacFilter(random, 'rbac2'),
    filter('buffer', 'extensions.filters.http.buffer.v3.Buffer', { max_request_bytes: 1_000_000 }),
    { name: 'local_ratelimit', typed_config: localRateLimitConfig(random) },
    jwtFilter(random),
  ]
  const always = [
    rbacFilter(random, 'rbac'),
    filter('fault', 'extensions.filters.http.fault.v3.HTTPFault'),
    filter('cors', 'extensions.filters.http.cors.v3.Cors'),
  ]
  const chosen = [...optional.filter(() => random.chance(0.4)), ...always]
  return [...chosen.sort(() => random.next() - 0.5), router]
}
