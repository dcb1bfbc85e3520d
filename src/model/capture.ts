/** What the index of a snapshot says of one file. */
export interface Capture {
  readonly at: Date | undefined
  /** `namespace/name` */
  readonly pod: string | undefined
}

/** By path, the files that indexes of snapshots list. A file beside an index that does not list it may be of any age. */
export type Captures = ReadonlyMap<string, Capture>
