import type { Evidence, Reason, Ternary } from '#model/evidence.ts'

export type Explain = () => string
export type Cite = () => readonly Evidence[]

const noEvidence: Cite = () => []

/** A reason whose words, evidence and unread branches are made when somebody looks; `holds` is known at once. */
class Because implements Reason {
  readonly holds: Ternary
  private readonly explain: Explain
  private readonly cite: Cite
  private readonly branches: () => readonly Reason[]

  constructor(holds: Ternary, explain: Explain, cite: Cite, branches: () => readonly Reason[]) {
    this.holds = holds
    this.explain = explain
    this.cite = cite
    this.branches = branches
  }

  get text(): string {
    return this.explain()
  }

  get evidence(): readonly Evidence[] {
    return this.cite()
  }

  get because(): readonly Reason[] {
    return this.branches()
  }

  /** The whole tree, for JSON. */
  toJSON(): Reason {
    return { holds: this.holds, text: this.text, evidence: this.evidence, because: this.because }
  }
}

const none = (): readonly Reason[] => []

export const fact = (holds: Ternary | boolean, explain: Explain, cite: Cite = noEvidence): Reason =>
  new Because(typeof holds === 'boolean' ? (holds ? 'yes' : 'no') : holds, explain, cite, none)

/** Holds when no part is `no`; stops at the first `no`. The parts after it are evaluated only when somebody looks. */
export const allOf = <T>(
  parts: readonly T[],
  test: (part: T) => Reason,
  explain: Explain,
  cite: Cite = noEvidence,
): Reason => new Because(allHold(parts, test), explain, cite, () => parts.map(test))

/** Holds when one part is `yes`; stops there. */
export const anyOf = <T>(
  parts: readonly T[],
  test: (part: T) => Reason,
  explain: Explain,
  cite: Cite = noEvidence,
): Reason => new Because(anyHolds(parts, test), explain, cite, () => parts.map(test))

export const not = (reason: Reason, explain: Explain = () => `not: ${reason.text}`): Reason =>
  new Because(opposite[reason.holds], explain, noEvidence, () => [reason])

const opposite: Readonly<Record<Ternary, Ternary>> = { yes: 'no', no: 'yes', unknown: 'unknown' }

const allHold = <T>(parts: readonly T[], test: (part: T) => Reason): Ternary => {
  let holds: Ternary = 'yes'
  for (const part of parts) {
    const found = test(part).holds
    if (found === 'no') return 'no'
    if (found === 'unknown') holds = 'unknown'
  }
  return holds
}

const anyHolds = <T>(parts: readonly T[], test: (part: T) => Reason): Ternary => {
  let holds: Ternary = 'no'
  for (const part of parts) {
    const found = test(part).holds
    if (found === 'yes') return 'yes'
    if (found === 'unknown') holds = 'unknown'
  }
  return holds
}
