/** What one network namespace holds: rules, routes, sets, listeners. */
export interface Netns {
  readonly subject: NetnsSubject
  /** What was collected of it, as it came. */
  readonly files: readonly NetnsFile[]
}

/** The output of one command in a network namespace. */
export interface NetnsFile {
  /** A kind of `src/decode/recognise.ts` whose use is `netns`. */
  readonly kind: string
  /** Told by the name of the command or of the file; the text of `ip rule` does not tell. */
  readonly family: 4 | 6 | undefined
  readonly file: string
  readonly text: string
}

/**
 * Whose network namespace it is; `app` names a pod by its workload where the pod's own name was not recorded.
 * `unknown`: files given without the folders that would tell.
 */
export type NetnsSubject =
  | { readonly kind: 'pod'; readonly namespace: string; readonly pod?: string; readonly app?: string }
  | { readonly kind: 'node'; readonly node?: string }
  | { readonly kind: 'ztunnel'; readonly node?: string }
  | { readonly kind: 'unknown' }
