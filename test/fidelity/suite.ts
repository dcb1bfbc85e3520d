import type { ReleaseWidth } from './ztunnel/width.ts'

/** One recorded case that the engine answered otherwise. */
export interface Disagreement {
  readonly where: string
  readonly recorded: string
  readonly predicted: string
}

export interface Tally {
  readonly engine: string
  readonly folder: string
  readonly agreed: number
  readonly disagreed: number
  readonly undetermined: number
  readonly total: number
  /** Figures worth printing beside the tally, e.g. `wider than observed: 3.1 %`. */
  readonly notes?: readonly string[]
  /** How much wider outbound predictions are than what one recording can show. */
  readonly outboundWidth?: ReleaseWidth
}

/** Replays one kind of recording; a recording of several engines gives a tally for each. `find` names the folders below `root` (or `root` itself) that it can read. */
export interface Suite {
  readonly engine: string
  find(root: string): readonly string[]
  replay(folder: string, disagree: (case_: Disagreement) => void): Promise<Tally | readonly Tally[]>
}
