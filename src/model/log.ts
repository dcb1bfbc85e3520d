/** One line of a log of ztunnel or of istio-cni, in either of their formats. */
export interface LogLine {
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly level: string
  /** `access`, `cni-agent`, `xds:xds{id=2}`. */
  readonly scope: string
  readonly message: string
  /** What follows the message: `src.addr`, `dst.service`, `direction`, `error`. */
  readonly fields: Readonly<Record<string, string>>
  readonly text: string
}
