import type { Evidence } from '#model/evidence.ts'
import type { IpFamily } from '#model/netfilter.ts'
import type { RuleRole } from './roles.ts'

/** Codes are stable; the sentence for each lives in src/render/redirection. */
export type RedirectionCode =
  | 'rule-missing'
  | 'table-flushed'
  | 'rule-unknown'
  | 'rule-duplicate'
  | 'rule-order'
  | 'ip-rule-missing'
  | 'local-route-missing'
  | 'interrupted-reconcile'
  | 'two-back-ends'
  | 'leftover-tables'
  | 'sidecar-chains-active'
  | 'sidecar-chains-unreferenced'
  | 'ipv6-uncovered'
  | 'not-in-probe-set'
  | 'nobody-listens'
  | 'back-end-not-recorded'
  | 'probe-jump-late'
  | 'node-ip-rule-missing'
  | 'node-route-missing'
  | 'pod-route-missing'
  | 'tunnel-missing'
  | 'reverse-path-filter'
  | 'program-missing'
  | 'pod-not-in-map'
  | 'pod-device-gone'
  | 'no-ztunnel-set'
  | 'host-address-unset'
  | 'maps-not-recorded'
  | 'enrolled-without-rules'
  | 'declared-not-enrolled'
  | 'captured-not-declared'
  | 'annotation-missing'
  | 'annotation-not-applied'
  | 'ztunnel-not-serving'
  | 'workload-unknown'
  | 'advertised-as-tcp'
  | 'other-release'

/** `broken`: traffic takes a wrong way now. `risk`: some traffic may. `note`: harmless by itself. */
export type RedirectionSeverity = 'broken' | 'risk' | 'note'

export interface RedirectionFinding {
  readonly code: RedirectionCode
  /** The failure mode of the catalogue (specs/failure-modes.md), where there is one. */
  readonly ambient?: `AMB${string}`
  readonly severity: RedirectionSeverity
  readonly family?: IpFamily
  readonly role?: RuleRole
  /** Names in the finding: table and chain of a rule, ports, a set, an address. */
  readonly about: string
  readonly evidence: readonly Evidence[]
}
