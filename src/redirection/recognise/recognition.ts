import type { IpFamily } from '#model/netfilter.ts'
import type { Features } from './features.ts'
import type { RedirectionFinding } from './finding.ts'
import type { ProgrammedRule } from './programmed.ts'

/** `pod-*`: the in-pod generations; `node-*`: 1.18 to 1.20, and the node's part of the in-pod ones. */
export type RedirectionKind =
  | 'none'
  | 'not-recorded'
  | 'pod-iptables'
  | 'pod-nft'
  | 'sidecar'
  | 'node-probes'
  | 'node-iptables'
  | 'node-ebpf'
  | 'ztunnel-iptables'
  | 'ztunnel-ebpf'

export interface Recognition {
  readonly kind: RedirectionKind
  readonly backEnds: readonly ProgrammedRule['backEnd'][]
  readonly families: readonly IpFamily[]
  /** Of a pod's rules. */
  readonly features?: Features
  /** Minor releases of istio-cni that program such rules; without `newest` every later one does. */
  readonly releases?: { readonly oldest: number; readonly newest?: number }
  readonly probeSets: readonly ProbeSet[]
  readonly rules: readonly ProgrammedRule[]
  readonly findings: readonly RedirectionFinding[]
}

/** Pods that the node knows of: whose probes it exempts, and the address it gives them, or whose traffic it redirects. */
export interface ProbeSet {
  readonly name: string
  readonly family: IpFamily
  readonly source: string | undefined
  readonly members: readonly string[]
}
