/** What one network namespace holds: rules, routes, sets, listeners. */
export interface Netns {
  readonly subject: NetnsSubject
}

/** Whose network namespace it is; `app` names a pod by its workload where the pod's own name was not recorded. */
export type NetnsSubject =
  | { readonly kind: 'pod'; readonly namespace: string; readonly pod?: string; readonly app?: string }
  | { readonly kind: 'node'; readonly node?: string }
  | { readonly kind: 'ztunnel'; readonly node?: string }
