/** How often a proxy saw connections fail for one reason, since it started: one sample of its metrics. */
export interface FailureCount {
  readonly file: string
  /** From 1. */
  readonly line: number
  /** `NETWORK_POLICY`, `DENY`, `CONNECT`, … (specs/failure-modes.md §3.2) */
  readonly flag: string
  readonly count: number
  readonly labels: Readonly<Record<string, string>>
  readonly text: string
}
