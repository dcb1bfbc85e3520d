import { entriesAt, member, numberAt, objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { ObjectRef } from '#model/evidence.ts'
import { celText, UnwritableExpression } from '#waypoint/rbac/cel-text.ts'
import { scalarText } from './scalar.ts'
import { headerMatchText, stringMatchText } from './string-match.ts'

/** One policy of an RBAC filter: one rule of an AuthorizationPolicy. */
export interface RbacPolicy {
  readonly action: string
  /** Evaluated and reported only. */
  readonly shadow: boolean
  /** As Envoy names it: `ns[shop]-policy[allow-web]-rule[0]`. */
  readonly name: string
  readonly object?: ObjectRef
  readonly rule?: number
  /** The extension provider that a CUSTOM policy asks. */
  readonly provider?: string
  readonly who: string
  /** The operation, with a CEL condition behind it. */
  readonly what: string
}

const policyName = /^(?:istio-ext-authz-(.+)-)?(?:istio-ext-authz-)?ns\[(.*)\]-policy\[(.*)\]-rule\[(\d+)\]/

/** Rules of a CUSTOM policy are shadow rules: they mark the requests that the next filter asks about. */
export const isCustom = (name: string): boolean => name.startsWith('istio-ext-authz-')

const named = (name: string) => {
  const [, provider, namespace, policy, rule] = policyName.exec(name) ?? []
  if (namespace === undefined || policy === undefined) return {}
  return {
    object: { kind: 'AuthorizationPolicy', namespace, name: policy },
    rule: Number(rule),
    ...(provider === undefined ? {} : { provider }),
  }
}

/** Policies in the order that Envoy tries them: by name (specs/waypoint.md rule 7). */
const policiesOf = (rules: EnvoyJson | undefined, shadow: boolean): readonly RbacPolicy[] =>
  entriesAt(rules, 'policies')
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, policy]) => ({
      action: textAt(rules, 'action') ?? 'ALLOW',
      shadow,
      name,
      ...named(name),
      who: anyOf(objectsAt(policy, 'principals').map(matchText)),
      what: `${anyOf(objectsAt(policy, 'permissions').map(matchText))}${conditionText(policy)}`,
    }))

export const rbacPolicies = (config: EnvoyJson): readonly RbacPolicy[] => [
  ...policiesOf(objectAt(config, 'rules'), false),
  ...policiesOf(objectAt(config, 'shadow_rules'), true),
]

/** Which rule sets an RBAC filter has: an ALLOW set without policies denies everything. */
export const rbacSets = (config: EnvoyJson): readonly { readonly action: string; readonly shadow: boolean }[] =>
  (['rules', 'shadow_rules'] as const).flatMap(member => {
    const rules = objectAt(config, member)
    return rules === undefined
      ? []
      : [{ action: textAt(rules, 'action') ?? 'ALLOW', shadow: member === 'shadow_rules' }]
  })

/** A matcher tree in place of rules, as `shadow` each. */
export const rbacMatchers = (config: EnvoyJson): readonly boolean[] => [
  ...(objectAt(config, 'matcher') !== undefined && objectAt(config, 'rules') === undefined ? [false] : []),
  ...(objectAt(config, 'shadow_matcher') !== undefined && objectAt(config, 'shadow_rules') === undefined ? [true] : []),
]

/** ` and CEL …` with the expression, where it can be written as text. */
const conditionText = (policy: EnvoyJson): string => {
  const expression = objectAt(policy, 'condition') ?? objectAt(policy, 'checked_condition', 'expr')
  if (expression === undefined) return ''
  try {
    return ` and CEL ${celText(expression)}`
  } catch (error) {
    if (error instanceof UnwritableExpression) return ' and a CEL condition'
    throw error
  }
}

const anyOf = (texts: readonly string[]): string => join(texts, ' or ', 'nothing')
const allOf = (texts: readonly string[]): string =>
  join(
    texts.filter(text => text !== 'any'),
    ' and ',
    'any',
  )

const join = (texts: readonly string[], word: string, empty: string): string => {
  const different = [...new Set(texts)]
  if (different.length === 0) return empty
  return different.length === 1 ? (different[0] ?? empty) : `(${different.join(word)})`
}

const groups: readonly (readonly [member: string, list: string, text: (texts: readonly string[]) => string])[] = [
  ['and_rules', 'rules', allOf],
  ['or_rules', 'rules', anyOf],
  ['and_ids', 'ids', allOf],
  ['or_ids', 'ids', anyOf],
]

const leaves: Readonly<Record<string, (value: unknown) => string>> = {
  any: () => 'any',
  header: headerMatchText,
  url_path: value => `path=${stringMatchText(member(value, 'path'))}`,
  uri_template: value => `path=${textAt(value, 'typed_config', 'path_template') ?? textAt(value, 'name') ?? ''}`,
  destination_port: value => `port=${scalarText(value)}`,
  destination_port_range: value => `port in [${numberAt(value, 'start') ?? 0},${numberAt(value, 'end') ?? 0})`,
  destination_ip: value => `destination=${cidrText(value)}`,
  remote_ip: value => `remote-ip=${cidrText(value)}`,
  direct_remote_ip: value => `source-ip=${cidrText(value)}`,
  source_ip: value => `source-ip=${cidrText(value)}`,
  requested_server_name: value => `sni=${stringMatchText(value)}`,
  authenticated: value => authenticatedText(value),
  filter_state: value => filterStateText(value),
  metadata: value => metadataText(value),
  sourced_metadata: value => metadataText(member(value, 'metadata_matcher')),
}

/** One permission or principal. A kind that is not known is named, never left out. */
const matchText = (match: EnvoyJson): string => {
  for (const [name, list, text] of groups) {
    if (objectAt(match, name) !== undefined) return text(objectsAt(match, name, list).map(matchText))
  }
  const negated = objectAt(match, 'not_rule') ?? objectAt(match, 'not_id')
  if (negated !== undefined) return notText(matchText(negated))
  for (const [name, text] of Object.entries(leaves)) if (name in match) return text(match[name])
  return `unknown matcher ${Object.keys(match).join(',')}`
}

const notText = (text: string): string => (text === 'any' ? 'nothing' : `not ${text}`)

const cidrText = (cidr: unknown): string => {
  const address = textAt(cidr, 'address_prefix') ?? ''
  const length = numberAt(cidr, 'prefix_len') ?? 0
  return length === (address.includes(':') ? 128 : 32) ? address : `${address}/${length}`
}

const authenticatedText = (value: unknown): string => {
  const principal = member(value, 'principal_name')
  return principal === undefined ? 'any certificate' : `principal=${stringMatchText(principal)}`
}

const filterStateText = (value: unknown): string => {
  const key = textAt(value, 'key') ?? ''
  const match = stringMatchText(member(value, 'string_match'))
  return key === 'io.istio.peer_principal' ? `principal=${match}` : `${key}=${match}`
}

/** Istio's claims read as `claim iss=…`; other metadata keeps its filter's name. */
const metadataText = (value: unknown): string => {
  const filter = textAt(value, 'filter') ?? ''
  const path = objectsAt(value, 'path').map(segment => textAt(segment, 'key') ?? '')
  const inverted = member(value, 'invert') === true ? '!' : ''
  const wanted = valueText(member(value, 'value'))
  if (filter === 'envoy.filters.http.jwt_authn') return `claim ${path.slice(1).join('.')}${inverted}=${wanted}`
  if (filter === 'istio_authn') return `${path.join('.')}${inverted}=${wanted}`
  return `metadata ${filter} ${path.join('.')}${inverted}=${wanted}`
}

/** What a value of metadata must be. */
export const valueText = (value: unknown): string => {
  const list = objectAt(value, 'list_match', 'one_of')
  if (list !== undefined) return valueText(list)
  const alternatives = objectsAt(value, 'or_match', 'value_matchers').map(valueText)
  if (alternatives.length > 0) return anyOf(alternatives)
  const string = member(value, 'string_match')
  if (string !== undefined) return stringMatchText(string)
  const present = member(value, 'present_match')
  if (present !== undefined) return present === true ? 'present' : 'absent'
  return JSON.stringify(value ?? null)
}
