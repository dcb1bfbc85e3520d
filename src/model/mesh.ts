import type { Captures } from './capture.ts'
import type { EnvoyDump } from './envoy.ts'
import type { FailureCount } from './failure-count.ts'
import type { DecodeIssue } from './issue.ts'
import type { KubernetesObjects } from './kubernetes.ts'
import type { LogLine } from './log.ts'
import type { Netns } from './netfilter.ts'
import type { ZtunnelDump } from './ztunnel.ts'

/** Everything that was collected, decoded once. */
export interface Mesh {
  readonly ztunnels: readonly ZtunnelDump[]
  readonly waypoints: readonly EnvoyDump[]
  readonly netns: readonly Netns[]
  readonly kubernetes: KubernetesObjects
  /** Lines of ztunnel and istio-cni, file by file. */
  readonly logs: readonly LogLine[]
  /** What ztunnels counted of connections that failed. */
  readonly failures: readonly FailureCount[]
  readonly issues: readonly DecodeIssue[]
  /** When it was collected, by the index of a snapshot. */
  readonly takenAt?: Date | undefined
  readonly captures?: Captures
  /** Proxies of which a dump was collected and not read for this answer: nothing follows from their absence. */
  readonly unread?: readonly Unread[]
}

export interface Unread {
  readonly kind: 'ztunnel' | 'waypoint'
  /** `node1`, `shop/waypoint-7c9` */
  readonly name: string
}
