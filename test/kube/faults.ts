/** What goes wrong on the way of one request. */
export type Fault =
  /** The connection is closed without an answer. */
  | { readonly kind: 'reset' }
  /** Nothing is ever answered. */
  | { readonly kind: 'stall' }
  | { readonly kind: 'status'; readonly code: number; readonly message?: string; readonly retryAfter?: number }
  /** Half of the answer, then the connection is closed. */
  | { readonly kind: 'reset-mid-stream' }
  /** Half of the answer, then nothing. */
  | { readonly kind: 'stall-mid-stream' }
  /** Half of the answer, or another share, and a proper end: only its content tells. */
  | { readonly kind: 'truncate'; readonly share?: number }
  | { readonly kind: 'drip'; readonly milliseconds: number }
  | { readonly kind: 'instead'; readonly body: string; readonly code?: number }
  /** What the kubelet says when it cannot reach the port. */
  | { readonly kind: 'port-error'; readonly message: string }
  /** Frames that mean nothing, before the ones that do. */
  | { readonly kind: 'odd-frames' }
  | { readonly kind: 'split-frames' }
  | { readonly kind: 'gzip' }
  /** The command ends with this code. */
  | { readonly kind: 'exit'; readonly code: number; readonly message: string }
  /** The stream of a command ends without its status. */
  | { readonly kind: 'no-status' }

/** Faults by what a request is about (`GET /api/v1/pods`, `istio-system/ztunnel-x:15000/config_dump`), each some times. */
export class Faults {
  private readonly planned: { readonly on: RegExp; readonly fault: Fault; left: number }[] = []

  /** The next `times` requests that fit go wrong; all of them unless said otherwise. */
  plan(on: RegExp, fault: Fault, times = Number.POSITIVE_INFINITY): void {
    this.planned.push({ on, fault, left: times })
  }

  /** Nothing goes wrong any more. */
  forget(): void {
    this.planned.length = 0
  }

  take(request: string): Fault | undefined {
    const found = this.planned.find(({ on, left }) => left > 0 && on.test(request))
    if (found === undefined) return undefined
    found.left--
    return found.fault
  }
}
