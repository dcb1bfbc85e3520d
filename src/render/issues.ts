import type { DecodeIssue } from '#model/issue.ts'
import type { Renderer } from '#render/look.ts'
import { printable } from '#render/printable.ts'

/** One line an issue: `error: ztunnel/n1.json#/workloads/12/name: expected a string, found 5`. */
export const issueList: Renderer<readonly DecodeIssue[]> = function* (issues) {
  for (const { severity, file, at, expected, found } of issues)
    yield `${severity}: ${printable(file)}${placeIn(at)}: expected ${printable(expected)}, found ${printable(found)}`
}

/** How many issues there are, and the flag that shows them; nothing when there are only notes. */
export function* issueCount(issues: readonly DecodeIssue[], flag: string): Iterable<string> {
  const counts = (['error', 'warning'] as const)
    .map(severity => ({ severity, count: issues.filter(issue => issue.severity === severity).length }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => `${count} ${severity}${count === 1 ? '' : 's'}`)
  if (counts.length > 0) yield `${counts.join(' and ')} in what was read; ${flag} lists them`
}

const placeIn = (at: string): string =>
  at === '' ? '' : at.startsWith('/') ? `#${printable(at)}` : `, ${printable(at)}`
