/** Whether a user may do one thing in a cluster, and what it is for. */
export interface AccessCheck {
  /** `list pods`, `get pods/portforward in namespace istio-system` */
  readonly right: string
  readonly allowed: boolean
  /** What an answer cannot say without it. */
  readonly costs: string
  /** The rule that allows it, as a line of YAML. */
  readonly rule: string
}

export interface AccessReport {
  readonly context: string
  readonly checks: readonly AccessCheck[]
}
