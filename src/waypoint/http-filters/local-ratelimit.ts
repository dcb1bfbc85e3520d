import { listAt, numberAt, objectAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import { percentOf } from '../route/match.ts'
import { defineHttpFilter, passed } from './filter.ts'

/** Enabled and enforced are fractions that are 0 where nothing is said. */
const isEnforced = (config: EnvoyJson): boolean =>
  ['filter_enabled', 'filter_enforced'].every(name => percentOf(objectAt(config, name, 'default_value')) > 0)

/** How full the bucket is cannot be seen in a dump: the request passes, with a note. */
export const localRateLimit = defineHttpFilter({
  types: ['envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit'],
  decide: ({ walk, config, overrides }) => {
    const effective = overrides[0] ?? config
    const tokens = numberAt(objectAt(effective, 'token_bucket'), 'max_tokens')
    const described = listAt(effective, 'descriptors').length > 0
    if ((tokens === undefined && !described) || !isEnforced(effective)) return passed
    const text = tokens === undefined ? '429' : `429 after ${tokens}`
    walk.step({ kind: 'note', about: 'local rate limit', text, evidence: [] })
    return passed
  },
})
