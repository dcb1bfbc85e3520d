import { flagAt, member, objectAt } from '#decode/json/member.ts'
import { metadataMatches } from '../match/metadata.ts'
import { percentOf } from '../route/match.ts'
import { defineHttpFilter, type HttpStage } from './filter.ts'

/** Whether the authorizer is asked at all; its answer is not in the dump. */
const isAsked = ({ walk, exchange, config, overrides }: HttpStage): boolean => {
  if (overrides.some(override => flagAt(override, 'disabled') === true)) return false
  const condition = objectAt(config, 'filter_enabled_metadata')
  if (condition !== undefined && !walk.settle(metadataMatches(condition, exchange.metadata), 'ext_authz condition'))
    return false
  const fraction = objectAt(config, 'filter_enabled', 'default_value')
  return member(config, 'filter_enabled') === undefined || walk.chance(percentOf(fraction))
}

export const extAuthz = defineHttpFilter({
  types: ['envoy.extensions.filters.http.ext_authz.v3.ExtAuthz'],
  decide: stage => (isAsked(stage) ? { effect: 'opaque' } : { effect: 'skipped' }),
})
