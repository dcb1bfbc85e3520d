/** One decision whose prediction was held against its recording. */
export interface Widths {
  /** Predicted outcomes that the recording does not show. */
  readonly unseen: number
  /** Hidden facts on which the prediction depends; none: all that is open is a random draw. */
  readonly because: readonly string[]
  /** Where the chances of all picks are known: how many of them so many tries leave out on average, and how that varies. */
  readonly expected?: { readonly mean: number; readonly variance: number }
}

/** What `tries` draws with these chances leave out. */
export const unseenOf = (chances: readonly number[], tries: number): NonNullable<Widths['expected']> => {
  const left = chances.map(chance => (1 - chance) ** tries)
  return { mean: sum(left), variance: sum(left.map(chance => chance * (1 - chance))) }
}

/** How often more was predicted than seen, by what left it open. */
export class Width {
  decisions = 0
  /** Decisions that depend on facts that no dump tells, which one recording can show in one state only. */
  byFacts = 0
  byC1orC2 = 0
  /** Decisions that only a draw left open, where the recorded tries did not show each pick. */
  byDraws = 0
  private picksUnseen = 0
  private picksExpected = 0
  private picksVariance = 0
  private readonly facts = new Map<string, number>()

  /** `times`: how often the recording asked this; what it answered at any of them was observed. */
  add({ unseen, because, expected }: Widths, times = 1): void {
    this.decisions += times
    if (because.length === 0 && expected !== undefined) {
      this.picksUnseen += unseen
      this.picksExpected += expected.mean
      this.picksVariance += expected.variance
    }
    if (unseen === 0) return
    if (because.length === 0) this.byDraws += times
    else this.byFacts += times
    if (because.some(code => code === 'stale-cidr' || code === 'shared-vip')) this.byC1orC2 += times
    const name = because.join(' + ') || 'draw'
    this.facts.set(name, (this.facts.get(name) ?? 0) + times)
  }

  merge(other: Width): void {
    this.decisions += other.decisions
    this.byFacts += other.byFacts
    this.byC1orC2 += other.byC1orC2
    this.byDraws += other.byDraws
    this.picksUnseen += other.picksUnseen
    this.picksExpected += other.picksExpected
    this.picksVariance += other.picksVariance
    for (const [name, times] of other.facts) this.facts.set(name, (this.facts.get(name) ?? 0) + times)
  }

  get share(): number {
    return (this.byFacts + this.byDraws) / Math.max(1, this.decisions)
  }

  /** More picks stayed away than their chances explain: the prediction holds picks that do not exist. */
  get drawsAreTooWide(): boolean {
    return this.picksUnseen > this.picksExpected + 5 * Math.sqrt(this.picksVariance) + 1
  }

  /** The figures by what left it open: a pick of small chance that did not come up is no error of the prediction. */
  line(): string {
    const part = (times: number) => `${((100 * times) / Math.max(1, this.decisions)).toFixed(1)} %`
    const others = this.byFacts - this.byC1orC2
    const expected = this.picksExpected.toFixed(0)
    const picks =
      this.picksExpected > 0 ? `; picks: ${this.picksUnseen} unseen, ${expected} expected by their chances` : ''
    return `wider than observed: ${part(this.byFacts + this.byDraws)} (C1 or C2 ${part(this.byC1orC2)}, other hidden facts ${part(others)}, draws that the recorded tries did not show ${part(this.byDraws)}${picks})`
  }

  notes(): readonly string[] {
    if (this.byFacts + this.byDraws === 0) return []
    const listed = [...this.facts].sort((a, b) => b[1] - a[1]).map(([name, times]) => `${name} ${times}`)
    return [this.line(), `    by fact: ${listed.join(', ')}`]
  }
}

/** The width of the outbound decisions of one release. */
export interface ReleaseWidth {
  readonly release: string
  readonly minor: number
  readonly width: Width
}

const bound = { share: 0.06, sinceMinor: 24, fromDecisions: 5000 }

/**
 * Holds the predictions of 1.24 and later to their width, all of them together: a release whose random meshes have more
 * address blocks and shared addresses is wider by that. A few recordings say nothing about it and are only printed.
 */
export const holdWidth = (
  releases: readonly ReleaseWidth[],
): { readonly lines: readonly string[]; readonly holds: boolean } => {
  const bounded = releases.filter(({ minor, width }) => minor >= bound.sinceMinor && width.decisions > 0)
  if (bounded.length === 0) return { lines: [], holds: true }
  const byRelease = new Map<string, Width>()
  const all = new Width()
  for (const { release, width } of bounded) {
    const pooled = byRelease.get(release) ?? new Width()
    byRelease.set(release, pooled)
    for (const into of [pooled, all]) into.merge(width)
  }
  const isEnough = all.decisions >= bound.fromDecisions
  const holds = !isEnough || (all.share < bound.share && !all.drawsAreTooWide)
  const limit = `< ${100 * bound.share} %, draws no more than their chances explain`
  const verdict = isEnough ? (holds ? 'holds' : 'DOES NOT HOLD') : `not held below ${bound.fromDecisions} decisions`
  return {
    holds,
    lines: [
      ...[...byRelease].map(([release, width]) => `width ${release.padEnd(8)} ${width.line()}`),
      `width of all ${all.decisions} outbound decisions since 1.${bound.sinceMinor}: ${all.line()}`,
      `bound (${limit}): ${verdict}`,
    ],
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)
