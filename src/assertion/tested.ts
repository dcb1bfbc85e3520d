import type { Severity } from '#model/severity.ts'
import { severities } from '#model/severity.ts'
import type { Coverage } from './coverage.ts'
import type { TestResult } from './result.ts'

/** The results of one run. */
export interface Tested {
  readonly results: readonly TestResult[]
  readonly failOn: Severity | 'never'
  readonly coverage?: Coverage
  /** The least coverage that was asked for, in per cent. */
  readonly failUnder?: number
}

export const isFailure = ({ outcome, severity }: TestResult, failOn: Tested['failOn']): boolean =>
  outcome === 'failed' && failOn !== 'never' && severities.indexOf(severity) <= severities.indexOf(failOn)

export const isTooLittle = ({ coverage, failUnder }: Tested): boolean =>
  coverage !== undefined && failUnder !== undefined && coverage.percent < failUnder

/** The same for the same failure in two runs. */
export const resultKey = ({ suite, name }: Pick<TestResult, 'suite' | 'name'>): string => `${suite} / ${name}`
