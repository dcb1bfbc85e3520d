import { objectAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import { authorizationPolicyOf } from '../origin.ts'
import { denialDetails, evaluateRules, isMatcherTree, type RbacResult, rulesOf, shadowRulesOf } from '../rbac/engine.ts'
import type { RbacSubject } from '../rbac/subject.ts'
import { ignoresParameters } from '../route/match.ts'
import { defineHttpFilter, type FilterResult, type HttpStage, passed } from './filter.ts'

const metadataNamespace = 'envoy.filters.http.rbac'

/** RBACPerRoute replaces the filter's own configuration; an empty one switches the filter off (specs/waypoint.md §5.8.6). */
const effectiveConfig = ({ config, overrides }: HttpStage): EnvoyJson | undefined => {
  const [override] = overrides
  return override === undefined ? config : objectAt(override, 'rbac')
}

const subjectOf = ({ walk, exchange, route }: HttpStage): RbacSubject => ({
  connection: exchange.connection,
  headers: exchange.headers,
  metadata: exchange.metadata,
  filterState: exchange.filterState,
  remoteIp: exchange.remoteIp,
  ignoresParameters: ignoresParameters(route.matchedTable),
  behaviour: walk.behaviour,
})

const note = (stage: HttpStage, prefix: string, kind: 'shadow' | 'enforced', result: RbacResult): void => {
  const { exchange, walk } = stage
  exchange.addMetadata(metadataNamespace, {
    [`${prefix}${kind}_engine_result`]: result.allowed === 'no' ? 'denied' : 'allowed',
    ...(result.policy === undefined ? {} : { [`${prefix}${kind}_effective_policy_id`]: result.policy }),
  })
  walk.rbacMetadata = exchange.metadata.get(metadataNamespace) ?? {}
}

/** Rules of a route without a prefix of their own have that of the filter. */
const prefixOf = (stage: HttpStage, config: EnvoyJson, member: string): string =>
  textAt(config, member) || (textAt(stage.config, member) ?? '')

const shadow = (stage: HttpStage, config: EnvoyJson): void => {
  const rules = shadowRulesOf(config)
  if (rules === undefined) return
  const result = evaluateRules(rules, subjectOf(stage))
  note(stage, prefixOf(stage, config, 'shadow_rules_stat_prefix'), 'shadow', result)
}

const enforce = (stage: HttpStage, config: EnvoyJson): FilterResult => {
  if (isMatcherTree(config)) return { effect: 'opaque', details: 'RBAC by a matcher tree' }
  const rules = rulesOf(config)
  if (rules === undefined) return passed
  const result = evaluateRules(rules, subjectOf(stage))
  const allowed = stage.walk.settle(result.allowed, `RBAC ${result.action}`)
  note(stage, prefixOf(stage, config, 'rules_stat_prefix'), 'enforced', {
    ...result,
    allowed: allowed ? 'yes' : 'no',
  })
  const origin = authorizationPolicyOf(result.policy)
  const told = { reason: result.reason, ...(origin === undefined ? {} : { origin }) }
  if (allowed) return { effect: 'passed', ...told }
  const details = denialDetails(result.policy)
  return { effect: 'denied', ...told, details, reply: { status: 403, details, body: 'RBAC: access denied' } }
}

export const rbac = defineHttpFilter({
  types: ['envoy.extensions.filters.http.rbac.v3.RBAC'],
  decide: stage => {
    const config = effectiveConfig(stage)
    if (config === undefined) return { effect: 'skipped' }
    shadow(stage, config)
    return enforce(stage, config)
  },
})
