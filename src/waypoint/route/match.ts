import { flagAt, member, numberAt, objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { Ternary } from '#model/evidence.ts'
import type { EnvoyBehaviour } from '../behaviour.ts'
import type { Exchange } from '../exchange.ts'
import { cookieOf } from '../match/cookie.ts'
import { headerMatches } from '../match/header.ts'
import { metadataMatches } from '../match/metadata.ts'
import { firstQueryValues, pathOnly, templateMatches, withoutParameters } from '../match/path.ts'
import { not, stringMatches, ternary } from '../match/string.ts'
import { fullMatch } from '../regex.ts'

/** What route conditions look at, prepared once per request. */
export interface RouteSubject {
  readonly exchange: Exchange
  readonly behaviour: EnvoyBehaviour
  /** Without query, and without `;parameters` where the table ignores them. */
  readonly path: string | undefined
  readonly query: ReadonlyMap<string, string>
}

/** Whether a route table leaves `;parameters` out of what it matches. */
export const ignoresParameters = (table: EnvoyJson | undefined): boolean =>
  flagAt(table, 'ignore_path_parameters_in_path_matching') === true

export const routeSubject = (exchange: Exchange, behaviour: EnvoyBehaviour, table: EnvoyJson): RouteSubject => {
  const whole = exchange.headers.get(':path')
  const path = whole === undefined ? undefined : pathOnly(whole)
  const plain = path === undefined || !ignoresParameters(table) ? path : withoutParameters(path, behaviour)
  return { exchange, behaviour, path: plain, query: firstQueryValues(whole ?? '') }
}

const pathKinds = [
  'prefix',
  'path',
  'path_separated_prefix',
  'safe_regex',
  'path_match_policy',
  'connect_matcher',
] as const

const foldedWhen = (fold: boolean, text: string): string => (fold ? text.toLowerCase() : text)

const pathHolds = (match: EnvoyJson, { path, exchange, behaviour }: RouteSubject): Ternary => {
  if (member(match, 'connect_matcher') !== undefined) return ternary(exchange.method === 'CONNECT')
  if (path === undefined) return 'no'
  const fold = flagAt(match, 'case_sensitive') === false
  const seen = foldedWhen(fold, path)
  const prefix = textAt(match, 'prefix')
  if (prefix !== undefined) return ternary(seen.startsWith(foldedWhen(fold, prefix)))
  const exact = textAt(match, 'path')
  if (exact !== undefined) return ternary(seen === foldedWhen(fold, exact))
  const separated = textAt(match, 'path_separated_prefix')
  if (separated !== undefined) {
    const wanted = foldedWhen(fold, separated)
    return ternary(seen.startsWith(wanted) && (seen.length === wanted.length || seen[wanted.length] === '/'))
  }
  const regex = textAt(match, 'safe_regex', 'regex')
  if (regex !== undefined) return ternary(fullMatch(regex, path, behaviour.regexTakes))
  // Templates see the parameters, whatever the table says.
  const template = textAt(match, 'path_match_policy', 'typed_config', 'path_template')
  return template === undefined ? 'unknown' : ternary(templateMatches(template, exchange.path, behaviour))
}

const queryHolds = (matcher: EnvoyJson, { query, behaviour }: RouteSubject): Ternary => {
  const value = query.get(textAt(matcher, 'name') ?? '')
  const string = objectAt(matcher, 'string_match')
  if (string !== undefined) return value === undefined ? 'no' : stringMatches(string, value, behaviour.regexTakes)
  return ternary((value !== undefined) === (flagAt(matcher, 'present_match') ?? true))
}

const tlsHolds = (context: EnvoyJson, { exchange }: RouteSubject): Ternary => {
  const { tls } = exchange.connection
  const presented = flagAt(context, 'presented')
  const validated = flagAt(context, 'validated')
  const shown = tls?.peer !== undefined
  return ternary(
    (presented === undefined || presented === (tls !== undefined && shown)) &&
      (validated === undefined || validated === (tls !== undefined && shown)),
  )
}

const filterStateHolds = (matcher: EnvoyJson, { exchange }: RouteSubject): Ternary => {
  const string = objectAt(matcher, 'string_match')
  const object = exchange.filterState.get(textAt(matcher, 'key') ?? '')
  if (string === undefined) return 'unknown'
  return object === undefined ? 'no' : stringMatches(string, object.text)
}

const cookieHolds = (matcher: EnvoyJson, exchange: Exchange): Ternary => {
  const value = cookieOf(exchange.headers, textAt(matcher, 'name') ?? '')
  const string = objectAt(matcher, 'string_match')
  if (value === undefined) return 'no'
  const holds = string === undefined ? 'yes' : stringMatches(string, value)
  return flagAt(matcher, 'invert_match') === true ? not(holds) : holds
}

/** Parts per hundred of a runtime fraction, with its default; the runtime itself is not in the dump. */
export const percentOf = (fraction: unknown): number => {
  const denominators: Readonly<Record<string, number>> = { HUNDRED: 100, TEN_THOUSAND: 10_000, MILLION: 1_000_000 }
  const denominator = denominators[textAt(fraction, 'denominator') ?? 'HUNDRED'] ?? 100
  return (100 * (numberAt(fraction, 'numerator') ?? 0)) / denominator
}

interface Condition {
  readonly name: string
  readonly holds: Ternary
}

const knownMembers = new Set<string>([
  ...pathKinds,
  'case_sensitive',
  'runtime_fraction',
  'grpc',
  'headers',
  'query_parameters',
  'tls_context',
  'dynamic_metadata',
  'filter_state',
  'cookies',
])

function* conditions(match: EnvoyJson, subject: RouteSubject): Generator<Condition> {
  const { exchange, behaviour } = subject
  yield { name: pathKinds.find(kind => kind in match) ?? 'path', holds: pathHolds(match, subject) }
  if ('grpc' in match) yield { name: 'grpc', holds: ternary(exchange.grpc) }
  for (const matcher of objectsAt(match, 'headers'))
    yield {
      name: `header ${textAt(matcher, 'name') ?? ''}`,
      holds: headerMatches(matcher, exchange.headers, {
        values: behaviour.routeHeaderValues,
        regex: behaviour.regexTakes,
      }),
    }
  for (const matcher of objectsAt(match, 'query_parameters'))
    yield { name: `query ${textAt(matcher, 'name') ?? ''}`, holds: queryHolds(matcher, subject) }
  const tls = objectAt(match, 'tls_context')
  if (tls !== undefined) yield { name: 'tls_context', holds: tlsHolds(tls, subject) }
  for (const matcher of objectsAt(match, 'dynamic_metadata'))
    yield {
      name: `metadata ${textAt(matcher, 'filter') ?? ''}`,
      holds: exchange.opaque === undefined ? metadataMatches(matcher, exchange.metadata) : 'unknown',
    }
  for (const matcher of objectsAt(match, 'filter_state'))
    yield { name: `filter state ${textAt(matcher, 'key') ?? ''}`, holds: filterStateHolds(matcher, subject) }
  for (const matcher of objectsAt(match, 'cookies'))
    yield { name: `cookie ${textAt(matcher, 'name') ?? ''}`, holds: cookieHolds(matcher, exchange) }
  for (const name in match) if (!knownMembers.has(name)) yield { name, holds: 'unknown' }
}

/** Whether a RouteMatch holds, apart from its runtime fraction; `failed` names the first condition that does not. */
export const routeMatches = (
  match: EnvoyJson,
  subject: RouteSubject,
): { readonly holds: Ternary; readonly failed: string } => {
  let unknown: string | undefined
  for (const { name, holds } of conditions(match, subject)) {
    if (holds === 'no') return { holds: 'no', failed: name }
    if (holds === 'unknown') unknown ??= name
  }
  return unknown === undefined ? { holds: 'yes', failed: '' } : { holds: 'unknown', failed: unknown }
}
