import type { Evidence, Ternary } from '#model/evidence.ts'
import type { EnvoyBehaviour } from './behaviour.ts'
import type { Draws } from './draw.ts'
import type { WaypointIndex } from './lookup.ts'
import type { Assumption, Reached, WaypointStep } from './outcome.ts'
import type { DecideOptions } from './request.ts'

/** What one run through the waypoint carries along. */
export class Walk {
  readonly index: WaypointIndex
  readonly draws: Draws
  readonly options: DecideOptions
  readonly steps: WaypointStep[] = []
  readonly assumptions: Assumption[] = []
  readonly reached: Reached = {}
  readonly unknownResponseHeaders: string[] = []
  rbacMetadata: Readonly<Record<string, unknown>> = {}

  constructor(index: WaypointIndex, draws: Draws, options: DecideOptions) {
    this.index = index
    this.draws = draws
    this.options = options
  }

  get behaviour(): EnvoyBehaviour {
    return this.index.behaviour
  }

  step(step: WaypointStep): void {
    this.steps.push(step)
  }

  assume(assumption: Assumption): void {
    this.assumptions.push(assumption)
  }

  /** A header whose value no dump tells is left out, and the rest holds only as if it made no difference. */
  readonly leaveOut = (header: string, format: string): void =>
    this.assume({ kind: 'missing', what: `value ${format} of header ${header}`, assumed: 'left out' })

  /** The same of an answer, on which no verdict rests. */
  readonly leaveOutOfAnswer = (header: string): void => {
    this.unknownResponseHeaders.push(header)
  }

  evidence(pointer: string): readonly Evidence[] {
    return [{ from: 'dump', file: this.index.file, pointer }]
  }

  /** Settles an unknown by following both ways, each under its assumption. */
  settle(holds: Ternary, what: string): boolean {
    if (holds !== 'unknown') return holds === 'yes'
    const matched = this.draws.pick([{ value: true }, { value: false }])
    this.assume({ kind: 'matcher', what, assumed: matched ? 'matches' : 'does not match' })
    return matched
  }

  /** Whether something of `percent` happens; both ways are followed unless it is certain. */
  chance(percent: number): boolean {
    if (percent <= 0) return false
    if (percent >= 100) return true
    return this.draws.pick([
      { value: true, probability: percent / 100 },
      { value: false, probability: 1 - percent / 100 },
    ])
  }
}
