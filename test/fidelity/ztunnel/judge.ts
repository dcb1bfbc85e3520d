import type { Disagreement, Tally } from '../suite.ts'
import { Width, type Widths } from './width.ts'

/** What one recorded decision turned out to be. */
export type Judgement =
  | ({ readonly kind: 'agreed' } & Widths)
  | { readonly kind: 'undetermined'; readonly missing: string }
  | ({ readonly kind: 'disagreed' } & Disagreement)

/** Every observed answer must be among the predicted ones; what nobody could know is not counted as agreed. */
export const judge = (
  where: string,
  recorded: readonly string[],
  predicted: { readonly known: ReadonlySet<string>; readonly unknown: readonly string[] },
): Judgement => {
  const missed = recorded.filter(answer => !predicted.known.has(answer))
  if (missed.length === 0) return { kind: 'agreed', unseen: predicted.known.size - new Set(recorded).size, because: [] }
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
  private readonly missing = new Map<string, number>()
  readonly width = new Width()

  constructor(engine: string, folder: string, disagree: (found: Disagreement) => void) {
    this.engine = engine
    this.folder = folder
    this.disagree = disagree
  }

  add(judgement: Judgement): void {
    this.count(judgement)
    this.measure(judgement)
  }

  /** Holds what was predicted against all answers to a question that the recording asked so many `times`. */
  measure(judgement: Judgement, times = 1): void {
    this.width.add(judgement.kind === 'agreed' ? judgement : { unseen: 0, because: [] }, times)
  }

  count(judgement: Judgement): void {
    this.counts[judgement.kind]++
    if (judgement.kind === 'disagreed') this.disagree({ ...judgement, where: `${this.engine} ${judgement.where}` })
    if (judgement.kind === 'undetermined')
      this.missing.set(judgement.missing, (this.missing.get(judgement.missing) ?? 0) + 1)
  }

  /** Empty when the recording has no such decisions. */
  tally(): readonly Tally[] {
    const total = this.counts.agreed + this.counts.disagreed + this.counts.undetermined
    if (total === 0) return []
    const notes = [...this.width.notes(), ...this.undeterminedNotes()]
    return [{ engine: this.engine, folder: this.folder, ...this.counts, total, notes }]
  }

  private undeterminedNotes(): readonly string[] {
    const listed = [...this.missing].sort((a, b) => b[1] - a[1]).map(([missing, times]) => `${missing} ${times}`)
    return listed.length === 0 ? [] : [`undetermined for lack of: ${listed.join(', ')}`]
  }
}
