import type { Evidence, NonEmpty, ObjectRef } from '#model/evidence.ts'
import type { Severity } from '#model/severity.ts'

export { type Severity, severities } from '#model/severity.ts'

/** `certain`: the evidence proves it. `likely`: it proves the cause, not the effect. `possible`: something else may explain it. */
export type Confidence = 'certain' | 'likely' | 'possible'

/** What was seen, where, with the value that decides. */
export type Cited = Evidence & { readonly value?: string }

/** One thing that is wrong, cited to the resource that must change. */
export interface Finding {
  /** `AMBnnn`, stable. */
  readonly code: string
  readonly title: string
  readonly severity: Severity
  readonly confidence: Confidence
  /** The first is the one that must change. */
  readonly objects: NonEmpty<ObjectRef>
  /** Gateways and pods whose requests alone meet it; those of everybody where absent. */
  readonly clients?: readonly ObjectRef[]
  /** One sentence about this very case. */
  readonly says: string
  readonly causes: string
  readonly fix: string
  /** Releases of Istio that cure a cause and that this mesh does not run yet. */
  readonly fixedIn?: readonly string[]
  readonly evidence: NonEmpty<Cited>
}
