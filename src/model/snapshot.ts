/** What a snapshot came to. */
export interface SnapshotTaken {
  /** The directory or archive. */
  readonly path: string
  readonly files: number
  /** Asked for and not had. */
  readonly missing: number
}
