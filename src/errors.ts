/** Exit codes are a stable interface (DESIGN §3.4). */
export const exitCodes = {
  ok: 0,
  internal: 1,
  findings: 2,
  notDelivered: 3,
  undetermined: 4,
  usage: 64,
  input: 65,
  unreachable: 69,
  permission: 77,
  /** What istioctl exits with on findings. */
  istioctlFindings: 79,
  timeout: 124,
  interrupted: 130,
} as const

export type ExitKind = keyof typeof exitCodes

/** Something the user can act on: what happened, why, and what to try next. Anything else that is thrown is our bug. */
export class UserError extends Error {
  readonly kind: ExitKind
  readonly next: readonly string[]
  /** What happened, part by part, where the message is the sum of it. */
  readonly details: readonly string[]

  constructor(
    kind: ExitKind,
    message: string,
    options: { next?: readonly string[]; details?: readonly string[]; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'UserError'
    this.kind = kind
    this.next = options.next ?? []
    this.details = options.details ?? []
  }

  /** The same error with one more thing to try, before the others. */
  suggesting(first: string): UserError {
    return new UserError(this.kind, this.message, {
      next: [first, ...this.next],
      details: this.details,
      cause: this.cause,
    })
  }
}
