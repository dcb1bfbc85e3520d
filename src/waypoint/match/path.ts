import type { EnvoyBehaviour } from '../behaviour.ts'
import { fullMatch } from '../regex.ts'

/** The path that matchers see: without query and fragment. */
export const pathOnly = (path: string): string => {
  const end = path.search(/[?#]/)
  return end < 0 ? path : path.slice(0, end)
}

/** A path without the `;parameters` that tables can ignore (RFC 3986 §3.3). */
export const withoutParameters = (path: string, { pathParameters }: EnvoyBehaviour): string =>
  path.replace(pathParameters === 'of each segment' ? /;[^/]*/g : /;.*$/s, '')

export const queryOf = (path: string): string => {
  const found = path.indexOf('?')
  return found < 0 ? '' : path.slice(found + 1).replace(/#.*$/s, '')
}

/** First value of each query parameter, not percent-decoded (specs/waypoint.md §5.6). */
export const firstQueryValues = (path: string): ReadonlyMap<string, string> => {
  const values = new Map<string, string>()
  for (const part of queryOf(path).split('&')) {
    if (part === '') continue
    const equals = part.indexOf('=')
    const name = equals < 0 ? part : part.slice(0, equals)
    if (!values.has(name)) values.set(name, equals < 0 ? '' : part.slice(equals + 1))
  }
  return values
}

/** Characters that `*` takes; `**` takes slashes too. */
const globOf = (glob: string, asterisk: boolean): string | undefined => {
  if (glob !== '*' && glob !== '**') return undefined
  const taken = `a-zA-Z0-9-_.~%!$&'()+,;:@=${asterisk ? '*' : ''}`
  return glob === '*' ? `[${taken}]+` : `[${taken}/]*`
}

const escapeLiteral = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

const patternOfPart = (part: string, asterisk: boolean): string =>
  part
    .split(/(\*\*|\*)/)
    .map(piece => globOf(piece, asterisk) ?? escapeLiteral(piece))
    .join('')

export interface UriTemplate {
  readonly pattern: string
  readonly variables: readonly string[]
}

/** `/a/{name=*}/{rest=**}` as one RE2 pattern whose groups are the variables, in order. */
const readTemplate = (template: string, asterisk: boolean): UriTemplate => {
  const variables: string[] = []
  const pattern = template
    .split(/(\{[^}]*\})/)
    .map(piece => {
      if (!piece.startsWith('{')) return patternOfPart(piece, asterisk)
      const [name = '', glob = '*'] = piece.slice(1, -1).split('=', 2)
      variables.push(name)
      return `(${patternOfPart(glob, asterisk)})`
    })
    .join('')
  return { pattern, variables }
}

const templates = new Map<string, UriTemplate>()
const rememberedTemplates = 50_000

export const templateOf = (template: string, { templatesTakeAsterisk }: EnvoyBehaviour): UriTemplate => {
  const key = `${templatesTakeAsterisk} ${template}`
  const known = templates.get(key)
  if (known !== undefined) return known
  if (templates.size >= rememberedTemplates) templates.clear()
  const read = readTemplate(template, templatesTakeAsterisk)
  templates.set(key, read)
  return read
}

export const templateMatches = (template: string, path: string, behaviour: EnvoyBehaviour): boolean =>
  fullMatch(templateOf(template, behaviour).pattern, pathOnly(path), behaviour.regexTakes)
