import { someOf } from '#render/dump/refs.ts'
import { printable } from '#render/printable.ts'

/** What the rows of a list alone would not say. */
export interface ListNotes {
  /** Dumps that cannot tell these records, because of their age or form: no rows does not mean that there are none. */
  readonly untold: readonly string[]
  /** A filter was given, and nothing is left. */
  readonly noMatch: boolean
  /** Flags about rows, given to a format that prints what the proxy sent. */
  readonly unused?: readonly string[]
  /** Resources that differ between dumps, in a format that has no place for them. */
  readonly differing?: number
}

/** Formats of rows or lines alone. */
export const linesAlone: readonly string[] = ['csv', 'markdown', 'name', 'ndjson']

/** How many differences a format leaves out. */
export const leftOut = (format: string, { length }: readonly unknown[]): number =>
  linesAlone.includes(format) ? length : 0

export function* listNotes(
  member: string,
  { untold, noMatch, unused = [], differing = 0 }: ListNotes,
): Iterable<string> {
  if (untold.length > 0)
    yield `note: ${printable(someOf(untold))} ${untold.length === 1 ? 'does' : 'do'} not tell the ${member}: a dump of this age or form has none`
  else if (noMatch) yield `note: none of the ${member} is what was asked for`
  if (unused.length > 0)
    yield `note: ${unused.join(', ')} ${unused.length === 1 ? 'counts' : 'count'} for rows only; this format prints what the proxy sent`
  if (differing > 0)
    yield `note: ${differing} ${differing === 1 ? 'resource differs' : 'resources differ'} between the dumps; -o text, json and yaml tell which`
}
