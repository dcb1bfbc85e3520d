import { flagAt, numberAt, objectAt, textAt } from '#decode/json/member.ts'
import { extAuthzChecks, rbac } from './authorization.ts'
import type { Describe, Says } from './says.ts'
import { headerMutations } from './traffic.ts'

const http = 'envoy.extensions.filters.http.'

/** What a route does to a filter of its chain, where it can only switch it off or say otherwise what `otherwise` tells. */
const orOff =
  (short: string, otherwise: Describe): Describe =>
  (typed, where): Says =>
    flagAt(typed.config, 'disabled') === true
      ? { short: `${short} off`, text: 'off' }
      : { ...otherwise(typed, where), short }

const rbacPerRoute: Describe = (typed, where) => {
  const own = objectAt(typed.config, 'rbac')
  return own === undefined
    ? { short: 'rbac off', text: 'off: lets everything pass' }
    : rbac({ ...typed, config: own }, where)
}

/** Configurations of filters that routes, virtual hosts and weighted clusters carry. */
export const perRoute: Readonly<Record<string, Describe>> = {
  [`${http}rbac.v3.RBACPerRoute`]: rbacPerRoute,
  [`${http}ext_authz.v3.ExtAuthzPerRoute`]: orOff('ext_authz', ({ config }) => ({
    short: '',
    text: extAuthzChecks(objectAt(config, 'check_settings')),
  })),
  [`${http}ext_proc.v3.ExtProcPerRoute`]: orOff('ext_proc', ({ config }) => ({
    short: '',
    text: `asks otherwise: ${Object.keys(objectAt(config, 'overrides') ?? {}).join(', ')}`,
  })),
  [`${http}jwt_authn.v3.PerRouteConfig`]: orOff('jwt', ({ config }) => ({
    short: '',
    text: `requires ${textAt(config, 'requirement_name') ?? 'nothing'}`,
  })),
  [`${http}lua.v3.LuaPerRoute`]: orOff('lua', ({ config }) => ({
    short: '',
    text: `runs the script ${textAt(config, 'name') ?? 'of the route'}`,
  })),
  [`${http}ratelimit.v3.RateLimitPerRoute`]: ({ config }) => ({
    short: 'ratelimit',
    text: `asks in domain ${textAt(config, 'domain') ?? 'of the filter'}`,
  }),
  [`${http}buffer.v3.BufferPerRoute`]: orOff('buffer', ({ config }) => ({
    short: '',
    text: `at most ${numberAt(config, 'buffer', 'max_request_bytes') ?? '?'} bytes`,
  })),
  [`${http}header_mutation.v3.HeaderMutationPerRoute`]: headerMutations,
}
