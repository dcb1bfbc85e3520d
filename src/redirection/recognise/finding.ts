import type { Evidence } from '#model/evidence.ts'
import type { IpFamily } from '#model/netfilter.ts'
import type { RuleRole } from './roles.ts'

/** Codes are stable; the sentence for each lives in src/render/redirection. */
export type RedirectionCode =
  | 'rule-missing'
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
