/** One file as it was collected, unpacked and as text. */
export interface InputFile {
  /** As the user would find it: the argument and what follows below it. */
  readonly path: string
  /** All folders and the name: the path tells whose file it is, never what it is. */
  readonly place: readonly string[]
  /** Named by the user, not found in a folder: an unknown content is then an error. */
  readonly alone: boolean
  readonly content: InputContent
}

export type InputContent =
  | { readonly kind: 'text'; readonly text: string }
  /** Too large to be one string: read again, from the start, on each call. */
  | { readonly kind: 'large'; readonly bytes: () => AsyncIterable<Uint8Array> }
  /** `told`: whoever asks has been told of it when it was collected. */
  | { readonly kind: 'unreadable'; readonly why: string; readonly next: readonly string[]; readonly told?: true }

export const nameOf = (file: InputFile): string => file.place.at(-1) ?? ''
