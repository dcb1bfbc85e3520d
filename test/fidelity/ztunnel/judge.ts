import type { Disagreement, Tally } from '../suite.ts'

/** What one recorded decision turned out to be. `unseen` counts predicted outcomes that the recording does not show. */
export type Judgement =
  | { readonly kind: 'agreed'; readonly unseen: number; readonly because?: readonly string[] }
  | { readonly kind: 'undetermined'; readonly missing: string }
  | ({ readonly kind: 'disagreed' } & Disagreement)

/** Every observed answer must be among the predicted ones; what nobody could know is not counted as agreed. */
export const judge = (
  where: string,
  recorded: readonly string[],
  predicted: { readonly known: ReadonlySet<string>; readonly unknown: readonly string[] },
): Judgement => {
  const missed = recorded.filter(answer => !predicted.known.has(answer))
  if (missed.length === 0) return { kind: 'agreed', unseen: predicted.known.size - new Set(recorded).size }
  const [missing] = predicted.unknown
  if (missing !== undefined) return { kind: 'undetermined', missing }
  return {
    kind: 'disagreed',
    where,
    recorded: missed.join('\n                 '),
    predicted: [...predicted.known].join('\n                 '),
  }
}

export class TallyUp {
  private readonly engine: string
  private readonly folder: string
  private readonly disagree: (found: Disagreement) => void
  private readonly counts = { agreed: 0, disagreed: 0, undetermined: 0 }
  private wider = 0
  private readonly missing = new Map<string, number>()
  private readonly widerBecause = new Map<string, number>()

  constructor(engine: string, folder: string, disagree: (found: Disagreement) => void) {
    this.engine = engine
    this.folder = folder
    this.disagree = disagree
  }

  add(judgement: Judgement): void {
    this.counts[judgement.kind]++
    if (judgement.kind === 'disagreed') this.disagree({ ...judgement, where: `${this.engine} ${judgement.where}` })
    if (judgement.kind === 'undetermined')
      this.missing.set(judgement.missing, (this.missing.get(judgement.missing) ?? 0) + 1)
    if (judgement.kind !== 'agreed' || judgement.unseen === 0) return
    this.wider++
    const because = judgement.because?.join(' + ') || 'draw'
    this.widerBecause.set(because, (this.widerBecause.get(because) ?? 0) + 1)
  }

  /** Empty when the recording has no such decisions. */
  tally(): readonly Tally[] {
    const total = this.counts.agreed + this.counts.disagreed + this.counts.undetermined
    if (total === 0) return []
    const notes = [...this.wideNotes(total), ...this.undeterminedNotes()]
    return [{ engine: this.engine, folder: this.folder, ...this.counts, total, notes }]
  }
  /** How often more was predicted than seen, by what left it open: C1 and C2, other hidden facts, or draws. */
  private wideNotes(total: number): readonly string[] {
    if (this.wider === 0) return []
    const percent = (of: (because: string) => boolean) => {
      const times = [...this.widerBecause].reduce((sum, [because, times]) => (of(because) ? sum + times : sum), 0)
      return `${((100 * times) / total).toFixed(1)} %`
    }
    const isC1orC2 = (because: string) => /stale-cidr|shared-vip/.test(because)
    const isDraw = (because: string) => because === 'draw'
    const listed = [...this.widerBecause].sort((a, b) => b[1] - a[1]).map(([because, times]) => `${because} ${times}`)
    return [
      `wider than observed: ${percent(because => !isDraw(because))} (C1 or C2 ${percent(isC1orC2)}, other hidden facts ${percent(because => !isC1orC2(because) && !isDraw(because))}); besides, draws that the recorded tries did not show: ${percent(isDraw)}`,
      `    by fact: ${listed.join(', ')}`,
    ]
  }

  private undeterminedNotes(): readonly string[] {
    const listed = [...this.missing].sort((a, b) => b[1] - a[1]).map(([missing, times]) => `${missing} ${times}`)
    return listed.length === 0 ? [] : [`undetermined for lack of: ${listed.join(', ')}`]
  }
}
