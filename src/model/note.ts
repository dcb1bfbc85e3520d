/** Something that people should know about how state was collected from a cluster. */
export type Note =
  | {
      readonly kind: 'redirection'
      readonly subjects: readonly string[]
      readonly by: RedirectionSource
      readonly because: readonly string[]
      readonly next: readonly string[]
    }
  /** Objects that could be listed in some namespaces only. */
  | {
      readonly kind: 'partial'
      readonly what: readonly string[]
      readonly namespaces: readonly string[]
      readonly why: string
      readonly next: readonly string[]
    }
  /** A node that runs several ztunnels, of which one is read. */
  | {
      readonly kind: 'several-ztunnels'
      readonly node: string
      readonly chosen: string
      readonly others: readonly string[]
    }
  /** An answer that was cut off or refused for a moment, and was asked for again. */
  | { readonly kind: 'again'; readonly what: string; readonly why: string }
  /** Evidence that could not be had: the rest goes on without it. */
  | { readonly kind: 'lost'; readonly what: string; readonly why: string; readonly next: readonly string[] }
  /** A cluster without what is explained here. */
  | { readonly kind: 'no-mesh'; readonly why: string; readonly next: readonly string[] }
  | { readonly kind: 'progress'; readonly done: number; readonly of: number; readonly what: string }

/** How the rules of a network namespace became known, the surest first. */
export type RedirectionSource = 'istio-cni' | 'debug-container' | 'istio-cni-log' | 'assumed'
