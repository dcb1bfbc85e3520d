import { asObject } from './json/at.ts'
import { hasMembers, isListOf } from './shape.ts'

/** What ambientctl itself prints as JSON, but for dumps, which are input again. */
const printed: ReadonlySet<unknown> = new Set(['Check', 'Test', 'Trace', 'Explanation'])

/** A report that lies beside a snapshot: of `check`, `test` or `trace`, SARIF, Code Quality, or one finding a line. */
export const isReport = (value: unknown): boolean =>
  (hasMembers(value, 'schemaVersion', 'kind') && printed.has(asObject(value)?.kind)) ||
  (hasMembers(value, 'version', 'runs') && Array.isArray(asObject(value)?.runs)) ||
  isListOf(value, 'check_name', 'fingerprint') ||
  hasMembers(value, 'code', 'severity', 'evidence') ||
  hasMembers(value, 'suite', 'outcome', 'contradicted')

/** YAML, JUnit, TAP, HTML, annotations, and findings as text. */
export const reportText = new RegExp(
  [
    'schemaVersion: 1\\nkind: (Check|Test|Trace|Explanation)\\n',
    '<\\?xml[^>]*>\\s*<testsuites?\\b',
    'TAP version 1[34]\\s',
    '<!doctype html>[\\s\\S]*<title>ambientctl ',
    '::(error|warning|notice) file=',
    '(error|warning|info) +AMB\\d{3} ',
  ]
    .map(start => `^${start}`)
    .join('|'),
)

/** Assertions, or what `check` ignores: by their version, their schema, or a suite with tests. */
export const assertionText =
  /^(apiVersion: *["']?ambientctl\/v|# yaml-language-server: \$schema=\S*\bassertions\.schema\.json)|^suite: .*\n(.*\n)*?(tests|ignore):/m

/** Files of recorded cases that lie beside a snapshot: what was done and what came out, not what the mesh held. */
export const recordings =
  /^(NOTE\.md|README\.md|change\.json|meta\.json|(requests|verdicts|version-diffs)\.jsonl|oracle\.json|vectors\.json)$/

/** Texts for people and golden traces, unless their content is an input after all. */
export const textsForPeople = /\.(md|golden)$|^LICENSE(\.txt)?$/
