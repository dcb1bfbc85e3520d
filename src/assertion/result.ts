import type { Severity } from '#model/severity.ts'
import type { Trace } from '#trace/trace.ts'
import type { Place } from './suite.ts'

/** `unclear`: nothing contradicts it and the evidence does not prove it. */
export type TestOutcome = 'passed' | 'failed' | 'unclear' | 'ignored'

/** A case that contradicts an assertion, or that the evidence leaves open. */
export interface CounterExample {
  /** A code of the trace or of a finding, or the name of an invariant. */
  readonly code: string
  /** `namespace/name` of what it is about. */
  readonly object: string
  readonly says: string
  readonly trace?: Trace
  /** Further objects that it concerns. */
  readonly others?: readonly string[]
  /** An `ignore` that covered it until this day. */
  readonly expired?: { readonly reason: string; readonly expires: string }
}

export interface TestResult {
  readonly suite: string
  readonly name: string
  readonly place: Place
  readonly severity: Severity
  readonly outcome: TestOutcome
  /** How many requests, pods or records were looked at. */
  readonly tried: number
  readonly contradicted: readonly CounterExample[]
  readonly open: readonly CounterExample[]
  readonly ignored: readonly { readonly example: CounterExample; readonly reason: string; readonly expires: string }[]
  /** What was seen and neither contradicts nor leaves anything open. */
  readonly notes: readonly string[]
  /** Every request of an assertion about requests; those of an invariant are too many to keep. */
  readonly traces: readonly Trace[]
}

export type Tried = Pick<TestResult, 'tried' | 'contradicted' | 'open' | 'notes' | 'traces'>
