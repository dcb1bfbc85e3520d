import { flagAt, member, objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { ObjectRef } from '#model/evidence.ts'
import { metadataMatches } from '../match/metadata.ts'
import { authorizationPolicyOf } from '../origin.ts'
import { percentOf } from '../route/match.ts'
import { defineHttpFilter, type FilterResult, type HttpStage } from './filter.ts'

/** Whether the authorizer is asked at all; its answer is not in the dump. */
const isAsked = ({ walk, exchange, config, overrides }: HttpStage): boolean => {
  if (overrides.some(override => flagAt(override, 'disabled') === true)) return false
  const condition = objectAt(config, 'filter_enabled_metadata')
  if (condition !== undefined && !walk.settle(metadataMatches(condition, exchange.metadata), 'ext_authz condition'))
    return false
  const fraction = objectAt(config, 'filter_enabled', 'default_value')
  return member(config, 'filter_enabled') === undefined || walk.chance(percentOf(fraction))
}

/** The CUSTOM policy that held, which an RBAC filter before this one has noted under the name that the condition asks for. */
const policyOf = ({ exchange, config }: HttpStage): ObjectRef | undefined => {
  const condition = objectAt(config, 'filter_enabled_metadata')
  const path = objectsAt(condition, 'path').map(segment => textAt(segment, 'key') ?? '')
  const held = member(exchange.metadata.get(textAt(condition, 'filter') ?? ''), ...path)
  return authorizationPolicyOf(typeof held === 'string' ? held : undefined)
}

const authorizerOf = (config: HttpStage['config']): string | undefined =>
  textAt(config, 'grpc_service', 'envoy_grpc', 'cluster_name') ??
  textAt(config, 'http_service', 'server_uri', 'cluster')

const asks = (stage: HttpStage): FilterResult => {
  const origin = policyOf(stage)
  const authorizer = authorizerOf(stage.config)
  return {
    effect: 'opaque',
    ...(origin !== undefined && { origin }),
    ...(authorizer !== undefined && { details: `asks ${authorizer}` }),
  }
}

export const extAuthz = defineHttpFilter({
  types: ['envoy.extensions.filters.http.ext_authz.v3.ExtAuthz'],
  decide: stage => (isAsked(stage) ? asks(stage) : { effect: 'skipped' }),
})
