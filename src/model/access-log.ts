/** A line that a proxy or agent logged, as far as it tells why something failed. */
export type LogLine = {
  /** Who sent, as FROM of `trace`: `namespace/pod` or an address. */
  readonly from?: string
  /** What was asked for, as TO of `trace`. */
  readonly to?: string
} & (
  | {
      readonly proxy: 'ztunnel'
      /** Of lines with a head; a bare error text has none. `access`, `identity::manager`, of an agent `cni-agent`. */
      readonly scope?: string
      readonly level?: string
      /** `connection complete`, `connection failed`, `connection opened`, or another message. */
      readonly message: string
      readonly direction?: 'inbound' | 'outbound'
      /** Whether the peer was dialled through a tunnel. */
      readonly tunnel?: boolean
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
)
