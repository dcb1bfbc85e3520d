import type { Evidence } from './evidence.ts'

/** A listening TCP socket, or an unconnected UDP socket. */
export interface Listener {
  readonly protocol: 'tcp' | 'udp'
  readonly family: 4 | 6
  /** Absent: every address of the family, and of IPv4 too where `dualStack`. */
  readonly address?: string
  readonly port: number
  /** `*:8080` of ss: an IPv6 socket that also takes IPv4. */
  readonly dualStack: boolean
  /** Bound to this interface. */
  readonly device?: string
  readonly processes: readonly { readonly name: string; readonly pid: number }[]
  readonly evidence: Evidence
}

export interface ConntrackEntry {
  readonly family: 4 | 6
  /** `tcp`, `udp`, `icmp`, `icmpv6`. */
  readonly protocol: string
  /** As conntrack spells it; absent for protocols without one. */
  readonly state?: string
  readonly original: ConntrackTuple
  readonly reply: ConntrackTuple
  readonly mark: number
  readonly zone: number
  /** `ASSURED`, `UNREPLIED`. */
  readonly flags: readonly string[]
  readonly evidence: Evidence
}

export interface ConntrackTuple {
  readonly source: string
  readonly destination: string
  readonly sourcePort?: number
  readonly destinationPort?: number
}
