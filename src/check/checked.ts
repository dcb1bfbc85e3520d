import type { Finding, Severity } from './finding.ts'
import { severities } from './finding.ts'

export type Threshold = Severity | 'never'

/** The findings of one run, and from which severity on they count as failures. */
export interface Checked {
  readonly findings: readonly Finding[]
  /** Known, with a reason, until the end of a day; none of them fails. */
  readonly ignored?: readonly IgnoredFinding[]
  readonly failOn: Threshold
}

export interface IgnoredFinding {
  readonly finding: Finding
  readonly reason: string
  /** `YYYY-MM-DD` */
  readonly expires: string
}

export const fails = ({ severity }: Pick<Finding, 'severity'>, failOn: Threshold): boolean =>
  failOn !== 'never' && severities.indexOf(severity) <= severities.indexOf(failOn)

/** The same for the same problem in two runs. It has the words too: one object can have a problem twice, and a second one is new. */
export const findingKey = ({ code, objects, says }: Pick<Finding, 'code' | 'objects' | 'says'>): string =>
  [code, ...objects.map(({ kind, namespace, name }) => `${kind} ${namespace ?? ''}/${name}`), says].join(' ')
