import { RE2JS } from 're2js'
import type { EnvoyBehaviour } from './behaviour.ts'

export type RegexTakes = EnvoyBehaviour['regexTakes']

const compiled = new Map<string, RE2JS | undefined>()
const remembered = 50_000

const compile = (pattern: string): RE2JS | undefined => {
  try {
    return RE2JS.compile(pattern)
  } catch {
    return undefined
  }
}

/** An RE2 program, compiled once; undefined for a pattern that RE2 refuses. */
export const re2 = (pattern: string): RE2JS | undefined => {
  if (compiled.has(pattern)) return compiled.get(pattern)
  if (compiled.size >= remembered) compiled.clear()
  const program = compile(pattern)
  compiled.set(pattern, program)
  return program
}

/** One character a byte of the text's UTF-8. */
const asBytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')
const isAscii = (text: string): boolean => !/[\u0080-\uffff]/.test(text)

/** Envoy's safe_regex matches the whole text. */
export const fullMatch = (pattern: string, text: string, takes: RegexTakes = 'characters'): boolean =>
  takes === 'characters' || (isAscii(pattern) && isAscii(text))
    ? re2(pattern)?.matches(text) === true
    : re2(asBytes(pattern))?.matches(asBytes(text)) === true

/** Replaces every match, as RE2::GlobalReplace does. */
export const replaceAll = (pattern: string, text: string, substitution: string): string => {
  const program = re2(pattern)
  if (program === undefined) return text
  const parts: string[] = []
  let from = 0
  let lastEnd = -1
  const matcher = program.matcher(text)
  while (matcher.find()) {
    // RE2::GlobalReplace takes no empty match right behind the previous one.
    if (matcher.start() === matcher.end() && matcher.start() === lastEnd) continue
    lastEnd = matcher.end()
    parts.push(
      text.slice(from, matcher.start()),
      expand(substitution, group => matcher.group(group) ?? ''),
    )
    from = matcher.end()
  }
  return parts.join('') + text.slice(from)
}

const expand = (substitution: string, group: (index: number) => string): string =>
  substitution.replace(/\\(\d|\\)/g, (_, index: string) => (index === '\\' ? '\\' : group(Number(index))))
