import { flagAt, member, objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import { valueText } from './rbac.ts'
import { listText } from './says.ts'
import { scalarText } from './scalar.ts'
import { headerMatchText, stringMatchText } from './string-match.ts'
import { percentText } from './typed-config.ts'

const pathConditions: Readonly<Record<string, (value: unknown) => string>> = {
  prefix: value => `path ${scalarText(value)}*`,
  path_separated_prefix: value => `path ${scalarText(value)} or below`,
  path: value => `path ${scalarText(value)}`,
  safe_regex: value => `path ~${textAt(value, 'regex') ?? ''}`,
  connect_matcher: () => 'CONNECT',
  path_match_policy: value => `path ${textAt(value, 'typed_config', 'path_template') ?? textAt(value, 'name') ?? '?'}`,
}

/** Members of a route match that have words of their own below, or change how the path is compared. */
const handled = new Set([
  ...Object.keys(pathConditions),
  'headers',
  'query_parameters',
  'dynamic_metadata',
  'filter_state',
  'runtime_fraction',
  'grpc',
  'tls_context',
  'case_sensitive',
  'cookies',
])

const queryText = (query: EnvoyJson): string => {
  const name = textAt(query, 'name') ?? ''
  const match = objectAt(query, 'string_match')
  return match === undefined ? `query ${name}` : `query ${name}=${stringMatchText(match)}`
}

const headerText = (header: EnvoyJson): string =>
  textAt(header, 'name') === ':method'
    ? headerMatchText(header).replace(/^(!?):method/, '$1method')
    : headerMatchText(header)

const metadataText = (matcher: EnvoyJson): string => {
  const path = objectsAt(matcher, 'path').map(segment => textAt(segment, 'key') ?? '')
  return `metadata ${[textAt(matcher, 'filter') ?? '', ...path].join('.')}${matcher.invert === true ? '!' : ''}=${valueText(member(matcher, 'value'))}`
}

const cookieText = (cookie: EnvoyJson): string => {
  const inverted = flagAt(cookie, 'invert_match') === true ? '!' : ''
  return `cookie ${textAt(cookie, 'name') ?? ''}${inverted}=${stringMatchText(member(cookie, 'string_match'))}`
}

const tlsTexts = (match: EnvoyJson): readonly string[] =>
  (
    [
      ['presented', 'client certificate'],
      ['validated', 'valid client certificate'],
    ] as const
  ).flatMap(([name, certificate]) => {
    const wanted = flagAt(match, 'tls_context', name)
    return wanted === undefined ? [] : [`${wanted ? '' : 'no '}${certificate}`]
  })

/** Every condition of a route match, joined by commas: all must hold. What is not known is named. */
export const conditionsText = (match: EnvoyJson): string => {
  const path = Object.entries(pathConditions).flatMap(([name, text]) => (name in match ? [text(match[name])] : []))
  const runtime = objectAt(match, 'runtime_fraction')
  const conditions = [
    ...path.filter(text => text !== 'path /*'),
    ...(flagAt(match, 'case_sensitive') === false ? ['any case'] : []),
    ...objectsAt(match, 'headers').map(headerText),
    ...objectsAt(match, 'query_parameters').map(queryText),
    ...objectsAt(match, 'cookies').map(cookieText),
    ...objectsAt(match, 'dynamic_metadata').map(metadataText),
    ...objectsAt(match, 'filter_state').map(
      state => `${textAt(state, 'key') ?? ''}=${stringMatchText(member(state, 'string_match'))}`,
    ),
    ...(objectAt(match, 'grpc') === undefined ? [] : ['gRPC']),
    ...tlsTexts(match),
    ...(runtime === undefined ? [] : [`${percentText(runtime)} of requests${runtimeKey(runtime)}`]),
    ...Object.keys(match)
      .filter(name => !handled.has(name))
      .map(name => `unknown condition ${name}`),
  ]
  return listText(conditions, 'any')
}

const runtimeKey = (runtime: EnvoyJson): string => {
  const key = textAt(runtime, 'runtime_key')
  return key === undefined ? '' : ` (runtime ${key})`
}
