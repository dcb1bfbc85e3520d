/** Which proxy a dump is of, and when it was captured. */
export interface Provenance {
  readonly file: string
  /** `namespace/name`; undefined where nothing tells it. */
  readonly pod: string | undefined
  /** Undefined where nothing tells it: a dump has no time of its own. */
  readonly capturedAt: Date | undefined
}
