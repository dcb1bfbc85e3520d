import { flagAt, listAt, objectAt, textAt } from '#decode/json/member.ts'
import { defineHttpFilter, type HttpStage, passed } from './filter.ts'

/** A request is counted only where the route, its virtual host or the filter itself describes it. */
const describes = ({ route, config, overrides }: HttpStage): boolean =>
  [route.action, route.selected?.host.config, config, ...overrides].some(
    level => listAt(level, 'rate_limits').length > 0,
  )

/** What the rate limit service has counted cannot be seen in a dump: the request passes, with a note. */
export const rateLimit = defineHttpFilter({
  types: ['envoy.extensions.filters.http.ratelimit.v3.RateLimit'],
  decide: stage => {
    const { walk, config } = stage
    if (!describes(stage)) return passed
    const service = textAt(objectAt(config, 'rate_limit_service', 'grpc_service', 'envoy_grpc'), 'cluster_name')
    const denies = flagAt(config, 'failure_mode_deny') === true ? ', 500 when it does not answer' : ''
    const text = `429 when ${service ?? 'the rate limit service'} says so${denies}`
    walk.step({ kind: 'note', about: 'rate limit', text, evidence: [] })
    return passed
  },
})
