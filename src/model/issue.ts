import type { JsonPointer } from './evidence.ts'

/** A part of an input that could not be read; only that part is lost. `at` is a JSON pointer, or `line N` of a text file. */
export interface DecodeIssue {
  readonly severity: 'error' | 'warning' | 'note'
  readonly file: string
  readonly at: JsonPointer
  readonly expected: string
  readonly found: string
}
