import type { KubernetesObject } from '#model/kubernetes.ts'
import { asRecord, list, refOf, text } from '#model/kubernetes.ts'
import type { Authorization, ZtunnelDump } from '#model/ztunnel.ts'
import type { Found } from '../check.ts'
import { defineCheck } from '../check.ts'
import { cite, citeRecord, named } from '../cite.ts'
import { isDeadRule } from '../dead-rule.ts'
import { rulesOfWaypoints } from '../waypoint-policies.ts'

export default defineCheck({
  code: 'AMB008',
  title: 'HTTP conditions in a policy that ztunnel enforces',
  severity: 'error',
  means:
    'ztunnel does not read HTTP. istiod strips what it cannot enforce: an ALLOW rule with HTTP conditions is left out and its policy allows less, down to nothing; a DENY rule that keeps an empty match never denies; CUSTOM and AUDIT are not sent at all.',
  causes: [
    'the policy has a selector, or neither selector nor targetRefs, so it goes to ztunnel and not to a waypoint',
    'a policy written for sidecars was kept when the namespace moved to ambient',
  ],
  fix: 'Attach the policy to the waypoint with targetRefs (kind Service or Gateway), or remove its hosts, methods, paths and other HTTP conditions.',
  *find(world) {
    const atWaypoints = new Set([...rulesOfWaypoints(world)].map(({ policy }) => `${policy.namespace}/${policy.name}`))
    for (const object of world.mesh.kubernetes.of('AuthorizationPolicy')) {
      const sent = sentPolicy(world.mesh.ztunnels, object)
      if (isAttached(object) || (sent === undefined && atWaypoints.has(`${object.namespace}/${object.name}`))) continue
      const finding = unsupportedAction(object) ?? strippedRules(object, sent)
      if (finding !== undefined) yield finding
    }
  },
})

const isAttached = ({ spec }: KubernetesObject): boolean =>
  spec.targetRef !== undefined || list(spec.targetRefs).length > 0

type Sent = { readonly dump: ZtunnelDump; readonly policy: Authorization } | undefined

const sentPolicy = (dumps: readonly ZtunnelDump[], object: KubernetesObject): Sent => {
  for (const dump of dumps) {
    const policy = dump.policies.find(({ namespace, name }) => namespace === object.namespace && name === object.name)
    if (policy !== undefined) return { dump, policy }
  }
  return undefined
}

const unsupportedAction = (object: KubernetesObject): Found | undefined => {
  const action = text(object.spec.action) ?? 'ALLOW'
  if (action !== 'CUSTOM' && action !== 'AUDIT') return undefined
  return {
    objects: [refOf(object)],
    says: `${named(object)} has action ${action}, which ztunnel does not support: it has no effect here`,
    evidence: [cite(object, '/spec/action', action)],
    severity: 'warning',
  }
}

const strippedRules = (object: KubernetesObject, sent: Sent): Found | undefined => {
  const rules = list(object.spec.rules).map(asRecord)
  const http = rules.map(httpConditions)
  const fields = [...new Set(http.flat())]
  if (fields.length === 0) return undefined
  const action = text(object.spec.action) ?? 'ALLOW'
  const effect = action === 'DENY' ? denyEffect(rules, sent?.policy) : allowEffect(http)
  const first = http.findIndex(conditions => conditions.length > 0)
  return {
    objects: [refOf(object)],
    says: `${named(object)} uses ${fields.join(', ')}, which ztunnel does not read: ${effect}`,
    evidence: [
      cite(object, `/spec/rules/${first}`, fields.join(', ')),
      ...(sent === undefined
        ? []
        : [citeRecord(sent.dump, sent.policy, '/rules', `${sent.policy.rules.length} rules in ztunnel`)]),
    ],
    confidence: sent === undefined ? 'likely' : 'certain',
  }
}

const allowEffect = (http: readonly (readonly string[])[]): string => {
  const kept = http.filter(conditions => conditions.length === 0).length
  return kept === 0
    ? 'no rule is left, so an ALLOW policy that allows nobody denies everything'
    : `${http.length - kept} of ${http.length} rules are left out, so it allows less than written`
}

/** specs/ztunnel.md §6.3: a clause of only empty matches never holds, so its rule is dead. */
const denyEffect = (rules: readonly Rule[], policy: Authorization | undefined): string => {
  const all = policy?.rules.length ?? rules.length
  const dead = policy === undefined ? rules.filter(diesStripped).length : policy.rules.filter(isDeadRule).length
  return dead === all
    ? 'every rule keeps an empty match that never holds, so it denies nothing, whatever its status says'
    : dead > 0
      ? `${dead} of ${all} rules never hold`
      : 'it denies more than written, since only the other conditions are left'
}

type Rule = Readonly<Record<string, unknown>>

/** istiod leaves the matches that it strips in place, empty: a clause in which nothing else is left never holds. */
const diesStripped = (rule: Rule): boolean =>
  isEmptied(
    list(rule.to).map(entry => asRecord(asRecord(entry).operation)),
    httpOperations,
  ) ||
  isEmptied(
    list(rule.from).map(entry => asRecord(asRecord(entry).source)),
    httpSources,
  ) ||
  list(rule.when).some(condition => !tcpKeys.includes(text(asRecord(condition).key) ?? ''))

const isEmptied = (matches: readonly Rule[], http: readonly string[]): boolean =>
  matches.length > 0 &&
  matches.every(match => {
    const used = Object.keys(match).filter(name => list(match[name]).length > 0)
    return used.length > 0 && used.every(name => http.includes(name))
  })

const httpOperations = ['hosts', 'notHosts', 'methods', 'notMethods', 'paths', 'notPaths']
const httpSources = ['requestPrincipals', 'notRequestPrincipals', 'remoteIpBlocks', 'notRemoteIpBlocks']
const tcpKeys = [
  'source.ip',
  'source.namespace',
  'source.principal',
  'source.serviceAccount',
  'destination.ip',
  'destination.port',
]

const httpConditions = (rule: Rule): readonly string[] => [
  ...list(rule.to).flatMap(entry => present(asRecord(asRecord(entry).operation), httpOperations)),
  ...list(rule.from).flatMap(entry => present(asRecord(asRecord(entry).source), httpSources)),
  ...list(rule.when)
    .map(entry => text(asRecord(entry).key) ?? '')
    .filter(key => !tcpKeys.includes(key))
    .map(key => `when ${key}`),
]

const present = (members: Rule, names: readonly string[]): readonly string[] =>
  names.filter(name => list(members[name]).length > 0)
