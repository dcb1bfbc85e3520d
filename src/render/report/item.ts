import type { Severity } from '#check/finding.ts'
import { severities } from '#check/finding.ts'

/** `noted`: told, and no failure. `unclear`: the evidence does not decide. */
export type ItemOutcome = 'failed' | 'noted' | 'unclear' | 'ignored' | 'passed'

/** One thing that a pipeline shows: a finding, or an assertion with its outcome. All text is printable. */
export interface Item {
  /** Code of the finding, or `suite/assertion`. */
  readonly rule: string
  readonly name: string
  /** What it belongs to: the kind of object, the suite. */
  readonly group: string
  readonly outcome: ItemOutcome
  readonly severity: Severity
  /** One sentence. */
  readonly message: string
  /** More of it, a line each. */
  readonly details: readonly string[]
  /** `Kind namespace/name` of what must change. */
  readonly object?: string
  readonly place?: { readonly file: string; readonly line?: number; readonly column?: number }
  /** The same for the same thing in two runs, whatever else changes. */
  readonly key: string
}

/** What a rule is about, for formats that carry help. */
export interface Rule {
  readonly id: string
  readonly title: string
  readonly severity: Severity
  readonly means: string
  /** Markdown. */
  readonly help: string
}

export interface Report {
  /** `ambientctl check` */
  readonly title: string
  /** `2 errors, 1 warning` */
  readonly summary: string
  readonly version: string
  readonly items: readonly Item[]
  readonly rules: readonly Rule[]
}

/** Items that a reviewer must see, the worst first. */
export const shown = ({ items }: Report): readonly Item[] =>
  items
    .filter(({ outcome }) => outcome !== 'passed' && outcome !== 'ignored')
    .toSorted((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity))

export const outcomeWords: Readonly<Record<ItemOutcome, string>> = {
  failed: 'failed',
  noted: 'noted',
  unclear: 'undetermined',
  ignored: 'ignored',
  passed: 'passed',
}
