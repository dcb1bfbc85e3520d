import type { Severity } from '#check/finding.ts'

/** `finding`: `check` looks for it. `rejection`: why a trace is rejected. `flag`: Envoy's `%RESPONSE_FLAGS%`, or `response_flags` of ztunnel's metrics. `missing`: why an answer is undetermined. */
export const entryKinds = ['finding', 'rejection', 'verdict', 'missing', 'flag'] as const
export type EntryKind = (typeof entryKinds)[number]

/** What a code means. One text feeds `explain`, SARIF help, the manual page and docs/codes.md. */
export interface Entry {
  readonly code: string
  readonly kind: EntryKind
  readonly title: string
  /** What it means for requests. */
  readonly means: string
  readonly causes: readonly string[]
  readonly fix?: string
  /** What to run next, with words in capitals to fill in. */
  readonly next: readonly string[]
  /** Related codes. */
  readonly see: readonly string[]
  /** Findings only. */
  readonly severity?: Severity
  /** False: the failure is known and no check looks for it. */
  readonly checked?: boolean
  /** Why a snapshot cannot show it. */
  readonly unseen?: string
  /** The release that cures a cause. */
  readonly fixedIn?: string
}

/** An entry without what its place in the catalogue tells. */
export interface Words extends Pick<Entry, 'title' | 'means'> {
  readonly causes?: readonly string[]
  readonly fix?: string
  readonly next?: readonly string[]
  readonly see?: readonly string[]
}

export const entry = (kind: EntryKind, code: string, words: Words): Entry => ({
  code,
  kind,
  causes: [],
  next: [],
  see: [],
  ...words,
})

/** The command that shows a request hop by hop. */
export const traceIt = 'ambientctl trace FROM TO --snapshot PATH'
export const traceInDetail = 'ambientctl trace FROM TO --verbosity detailed --snapshot PATH'
export const checkIt = 'ambientctl check --snapshot PATH'
