import type { Note } from './note.ts'

/** Where the state of a mesh comes from: files that the user names, or a cluster. */
export type State =
  | { readonly kind: 'files'; readonly paths: readonly string[] }
  | { readonly kind: 'cluster'; readonly cluster: ClusterQuestion }

/** Which cluster is asked, as whom, and how patiently. */
export interface ClusterQuestion {
  readonly kubeconfig?: string | undefined
  readonly context?: string | undefined
  readonly as?: string | undefined
  readonly asGroups?: readonly string[] | undefined
  /** The one in which istiod runs without it. */
  readonly istioNamespace?: string | undefined
  /** Only proxies of this control plane, and its mesh configuration. */
  readonly revision?: string | undefined
  /** Milliseconds for one piece of evidence, all attempts together; Infinity for no end. */
  readonly requestTimeout: number
  /** Allows a debug container of this image in pods whose rules cannot be read otherwise: it changes the pod. */
  readonly debugImage?: string | undefined
  /** The admin port of the proxies; the mesh configuration's, or 15000, without it. */
  readonly adminPort?: number | undefined
  /** Of names that are given without one. */
  readonly namespace?: string | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly now: () => Date
  readonly tell: (note: Note) => void
}

/** For messages: the files, or the cluster. */
export const stateName = (state: State): string => (state.kind === 'files' ? state.paths.join(', ') : 'the cluster')
