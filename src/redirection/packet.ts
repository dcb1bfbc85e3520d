import type { Protocol } from './connection.ts'

/** What is sent, and from where. */
export interface Packet {
  readonly protocol: Protocol
  /** Undefined: the sending kernel chooses, or, for a packet that comes in, the caller must say. */
  readonly source?: string
  /** Fixed source port; 40000 when left out, a number no rule is likely to name. */
  readonly sourcePort?: number
  readonly destination: string
  readonly port?: number
  readonly origin: LocalOrigin | InputOrigin
}

export interface LocalOrigin {
  readonly kind: 'local'
  readonly netns: string
  /** SO_MARK of the sending socket. */
  readonly mark?: number
  readonly uid?: number
  readonly gid?: number
}

/** The packet comes in by a device whose far end was not recorded. */
export interface InputOrigin {
  readonly kind: 'input'
  readonly netns: string
  readonly dev: string
}
