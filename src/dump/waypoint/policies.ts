import { entriesAt, objectAt, textAt } from '#decode/json/member.ts'
import type { EnvoyDump, EnvoyJson } from '#model/envoy.ts'
import type { ObjectRef } from '#model/evidence.ts'
import { chainName, chainsOf, filtersOf, hcmOf, httpFiltersOf, isInternal } from './chain.ts'
import { inListOrder, type ResourceFacts, resourceFacts } from './resource.ts'
import { isCustom, type RbacPolicy, rbacMatchers, rbacPolicies } from './words/rbac.ts'
import { describeTyped } from './words/registry.ts'
import { typedConfig } from './words/typed-config.ts'

/** One rule of an authorization policy, or one token issuer, with the chains that enforce it. */
export interface PolicyRow extends ResourceFacts {
  /** `ALLOW`, `DENY`, `LOG`, `CUSTOM`; `JWT` for a token issuer, `MATCHER` for a matcher tree. */
  readonly action: string
  readonly shadow: boolean
  readonly level: 'network' | 'http'
  readonly policy: string
  readonly object?: ObjectRef
  readonly rule?: number
  readonly who: string
  readonly what: string
  readonly note: string
  readonly listener: string
  readonly chains: readonly string[]
}

export interface PolicyWish {
  /** Of the Kubernetes object. */
  readonly namespace?: string | undefined
  readonly chain?: string | undefined
}

type Found = Omit<PolicyRow, 'chains'> & { readonly chain: string }

export const policyRows = (dump: EnvoyDump, wish: PolicyWish = {}): readonly PolicyRow[] =>
  merged(inListOrder(dump.listeners).flatMap(resource => foundIn(dump, resource)))
    .filter(({ object }) => wish.namespace === undefined || object?.namespace === wish.namespace)
    .filter(({ chains }) => wish.chain === undefined || chains.some(chain => chain.includes(wish.chain ?? '')))

const foundIn = (dump: EnvoyDump, resource: EnvoyDump['listeners'][number]): readonly Found[] => {
  const facts = { ...resourceFacts(dump, resource), listener: resource.name }
  const internal = isInternal(resource.config)
  return chainsOf(resource.config).flatMap((chain, index) =>
    filtersOf(chain)
      .flatMap(filter => {
        const hcm = hcmOf(filter)
        const inner = hcm === undefined ? [] : httpFiltersOf(hcm).flatMap(http => policiesOf(http, 'http'))
        return [...policiesOf(filter, 'network'), ...inner]
      })
      .map(policy => ({ ...facts, ...(internal ? withoutSource(policy) : policy), chain: chainName(chain, index) })),
  )
}

/** The peer of an internal connection has no IP (specs/waypoint.md rule 8). */
const withoutSource = (policy: Cells): Cells => {
  if (!/\bsource-ip=/.test(`${policy.who} ${policy.what}`)) return policy
  const never = 'source-ip never holds in an internal listener, and its negation always does'
  return { ...policy, note: policy.note === '' ? never : `${policy.note}; ${never}` }
}

type Cells = Omit<PolicyRow, keyof ResourceFacts | 'listener' | 'chains'>

const badProvider = /-deny-due-to-bad-CUSTOM-action$/

/** CUSTOM policies only mark requests, for the external service that the next filter asks. */
const rbacCells = ({ name, provider, ...policy }: RbacPolicy, level: PolicyRow['level']): Cells => {
  const marks = policy.shadow && isCustom(name)
  const notes = [
    ...(marks ? [`asks ${provider ?? 'the external service'}`] : []),
    ...(badProvider.test(name) ? ['a CUSTOM policy without a usable provider: denies'] : []),
  ]
  return {
    ...policy,
    ...(marks ? { action: 'CUSTOM', shadow: false } : {}),
    level,
    policy: name,
    note: notes.join('; '),
  }
}

/** RBAC by a matcher tree, which Istio does not make: its whole configuration is in `-o json`. */
const matcherCells = (config: EnvoyJson, level: PolicyRow['level']): readonly Cells[] =>
  rbacMatchers(config).map(shadow => ({
    action: 'MATCHER',
    shadow,
    level,
    policy: '',
    who: 'unknown to ambientctl',
    what: 'unknown to ambientctl',
    note: '',
  }))

const policiesOf = (filter: EnvoyJson, level: PolicyRow['level']): readonly Cells[] => {
  const { type, config } = typedConfig(objectAt(filter, 'typed_config'))
  if (type.endsWith('.RBAC')) {
    return [...rbacPolicies(config).map(policy => rbacCells(policy, level)), ...matcherCells(config, level)]
  }
  if (!type.endsWith('.JwtAuthentication')) return []
  return entriesAt(config, 'providers').map(([name, provider]) => ({
    action: 'JWT',
    shadow: false,
    level,
    policy: name,
    who: `issuer ${textAt(provider, 'issuer') ?? 'any'}`,
    what: 'any',
    note: describeTyped('', { ...config, providers: { [name]: provider } }).text,
  }))
}

/** Policies that are attached to the whole waypoint stand in every chain: one row for all of them. */
const merged = (found: readonly Found[]): readonly PolicyRow[] => {
  const rows = new Map<string, PolicyRow & { readonly chains: string[] }>()
  for (const { chain, ...policy } of found) {
    const { listener, state, level, action, shadow, policy: name, who, what, note } = policy
    const key = JSON.stringify([listener, state, level, action, shadow, name, who, what, note])
    const known = rows.get(key)
    if (known === undefined) rows.set(key, { ...policy, chains: [chain] })
    else if (!known.chains.includes(chain)) known.chains.push(chain)
  }
  return [...rows.values()]
}
