/** What stands in `error=` of a ztunnel line. */
export interface ErrorText {
  /** The stable part; what varies around it is an argument. */
  readonly stem: RegExp
  /** The same words mean other things at the other end; absent: both. */
  readonly direction?: 'inbound' | 'outbound'
  /** Of outbound connections: whether a tunnel was dialled; absent: either. */
  readonly tunnel?: boolean
  /** A line without a warning that is worth telling. */
  readonly notice?: true
  readonly says: string
  /** Codes to try, the likeliest first. */
  readonly see: readonly string[]
  /** Absent: trace the request. */
  readonly next?: readonly string[]
}
