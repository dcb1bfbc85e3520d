import type { Classified } from './classify.ts'
import type { Entry } from './entry.ts'

/** What `explain` answers: one code; all of them; or what a log line says. */
export type Explanation =
  | { readonly kind: 'entry'; readonly entry: Entry }
  | { readonly kind: 'list'; readonly entries: readonly Entry[] }
  | { readonly kind: 'log'; readonly classified: Classified }
