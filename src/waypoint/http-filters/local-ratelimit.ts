import { numberAt, objectAt } from '#decode/json/member.ts'
import { defineHttpFilter, type HttpStage } from './filter.ts'

const told = ({ walk, config, overrides }: HttpStage): void => {
  const bucket = objectAt(overrides[0] ?? config, 'token_bucket')
  const tokens = numberAt(bucket, 'max_tokens')
  walk.step({
    kind: 'note',
    about: 'local rate limit',
    text: tokens === undefined ? '429' : `429 after ${tokens}`,
    evidence: [],
  })
}

/** How full the bucket is cannot be seen in a dump: the request passes, with a note. */
export const localRateLimit = defineHttpFilter({
  types: ['envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit'],
  decide: stage => {
    told(stage)
    return { effect: 'passed' }
  },
})
