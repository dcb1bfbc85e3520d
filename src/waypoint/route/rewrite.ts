import { member, objectAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { EnvoyBehaviour } from '../behaviour.ts'
import type { Headers } from '../headers.ts'
import { pathOnly, templateOf } from '../match/path.ts'
import { re2, replaceAll } from '../regex.ts'

/** The part of the path that a prefix_rewrite replaces: what the match names, or the whole path. */
const matchedPart = (match: EnvoyJson, path: string): string =>
  ['prefix', 'path', 'path_separated_prefix'].map(kind => textAt(match, kind)).find(part => part !== undefined) ?? path

/** Undefined where the path does not begin with what matched: its parameters were left out then, and it stays. */
const withPrefix = (prefix: string, match: EnvoyJson, path: string): string | undefined => {
  const part = matchedPart(match, path)
  const begins = path.slice(0, part.length).toLowerCase() === part.toLowerCase()
  return begins ? prefix + path.slice(part.length) : undefined
}

const byTemplate = (match: EnvoyJson, rewrite: string, path: string, behaviour: EnvoyBehaviour): string => {
  const template = templateOf(textAt(match, 'path_match_policy', 'typed_config', 'path_template') ?? '', behaviour)
  const matcher = re2(template.pattern)?.matcher(path)
  if (matcher?.matches() !== true) return path
  const values = new Map(template.variables.map((name, index) => [name, matcher.group(index + 1) ?? '']))
  return rewrite.replace(/\{([^}]*)\}/g, (_, name: string) => values.get(name) ?? '')
}

/** A path (with query) after the rewrite of a route or redirect action; undefined when the action has none. */
export const rewrittenPath = (
  action: EnvoyJson,
  match: EnvoyJson,
  whole: string,
  behaviour: EnvoyBehaviour,
): string | undefined => {
  const path = pathOnly(whole)
  const rest = whole.slice(path.length)
  const prefix = textAt(action, 'prefix_rewrite')
  if (prefix !== undefined && prefix !== '') {
    const rewritten = withPrefix(prefix, match, path)
    return rewritten === undefined ? undefined : rewritten + rest
  }
  const regex = objectAt(action, 'regex_rewrite')
  if (regex !== undefined)
    return replaceAll(textAt(regex, 'pattern', 'regex') ?? '', path, textAt(regex, 'substitution') ?? '') + rest
  const template = textAt(action, 'path_rewrite_policy', 'typed_config', 'path_template_rewrite')
  return template === undefined ? undefined : byTemplate(match, template, path, behaviour) + rest
}

/** The Host that the upstream will see, when the action changes it. */
export const rewrittenHost = (action: EnvoyJson, headers: Headers, path: string): string | undefined => {
  const literal = textAt(action, 'host_rewrite_literal')
  if (literal !== undefined && literal !== '') return literal
  const header = textAt(action, 'host_rewrite_header')
  if (header !== undefined) {
    const value = headers.get(header)
    return value === undefined || value === '' ? undefined : value
  }
  const regex = member(action, 'host_rewrite_path_regex')
  return regex === undefined
    ? undefined
    : replaceAll(textAt(regex, 'pattern', 'regex') ?? '', pathOnly(path), textAt(regex, 'substitution') ?? '')
}
