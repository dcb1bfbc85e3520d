import { flagAt, objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'

/** What a path must begin with for a route to match at all; `fold` compares in lower case. */
interface Beginning {
  readonly text: string
  readonly fold: boolean
}

const anything: Beginning = { text: '', fold: false }

/** Literal text that every match of a pattern begins with: up to the first operator, and not what one repeats. */
const literalOf = (pattern: string): string => {
  if (pattern.includes('|')) return ''
  const plain = /^\^?([A-Za-z0-9/_\-~ %=&:;,@!]*)/.exec(pattern)?.[1] ?? ''
  const next = pattern.replace(/^\^/, '')[plain.length]
  return next !== undefined && '*?{+'.includes(next) ? plain.slice(0, -1) : plain
}

const beginningOf = (match: EnvoyJson): Beginning => {
  const regex = textAt(match, 'safe_regex', 'regex')
  if (regex !== undefined) return { text: literalOf(regex), fold: false }
  const text = textAt(match, 'prefix') ?? textAt(match, 'path') ?? textAt(match, 'path_separated_prefix')
  if (text === undefined) return anything
  const fold = flagAt(match, 'case_sensitive') === false
  return { text: fold ? text.toLowerCase() : text, fold }
}

const read = new WeakMap<EnvoyJson, readonly Beginning[]>()

/** For each route of a virtual host what its paths begin with; a quick no before the whole match is looked at. */
export const beginningsOf = (host: EnvoyJson): readonly Beginning[] => {
  const known = read.get(host)
  if (known !== undefined) return known
  const beginnings = objectsAt(host, 'routes').map(route => beginningOf(objectAt(route, 'match') ?? {}))
  read.set(host, beginnings)
  return beginnings
}
