/** A line that a proxy logged, as far as it tells why something failed. */
export type LogLine =
  | {
      readonly proxy: 'ztunnel'
      /** `connection complete`, `connection failed`, `connection opened`, or another message. */
      readonly message: string
      readonly direction?: 'inbound' | 'outbound'
      readonly error?: string
      /** `src.addr`, `dst.workload`, … */
      readonly fields: Readonly<Record<string, string>>
    }
  | {
      readonly proxy: 'envoy'
      readonly status?: number
      /** `%RESPONSE_FLAGS%`, apart. */
      readonly flags: readonly string[]
      /** `%RESPONSE_CODE_DETAILS%`, `%CONNECTION_TERMINATION_DETAILS%` and `%UPSTREAM_TRANSPORT_FAILURE_REASON%`, where they stand. */
      readonly details: readonly string[]
    }
