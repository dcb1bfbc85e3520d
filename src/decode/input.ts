/** One file as it was collected, read when it is needed. */
export interface InputFile {
  /** As the user would find it: the argument and what follows below it. */
  readonly path: string
  /** All folders and the name: the path tells whose file it is, never what it is. */
  readonly place: readonly string[]
  /** Named by the user, not found in a folder: an unknown content is then an error. */
  readonly alone: boolean
  /** Bytes of the content, or a guess where it is packed. */
  readonly size: number
  /** What it is and whose, where the index of a snapshot tells. */
  readonly about?: About | undefined
  /** Unpacked and as text, anew on each call. */
  read(): Promise<InputContent>
  /** Unpacked, piece by piece, from the start on each call. */
  bytes(): AsyncIterable<Uint8Array>
}

/** The kind of an item and its subject, as `snapshot.json` has them. */
export interface About {
  readonly kind: string
  readonly node?: string | undefined
  readonly namespace?: string | undefined
  readonly pod?: string | undefined
}

export type InputContent =
  /** `undecoded`: where the first bytes lie that are no text, such as `line 3, column 17`; U+FFFD stands for them. */
  | { readonly kind: 'text'; readonly text: string; readonly undecoded?: string }
  /** Too large to be one string: read again, from the start, on each call. */
  | { readonly kind: 'large'; readonly bytes: () => AsyncIterable<Uint8Array> }
  /** `told`: whoever asks has been told of it when it was collected. */
  | { readonly kind: 'unreadable'; readonly why: string; readonly next: readonly string[]; readonly told?: true }

export const nameOf = (file: InputFile): string => file.place.at(-1) ?? ''
