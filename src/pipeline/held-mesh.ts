import { runChecks } from '#check/check.ts'
import { checks } from '#check/checks.ts'
import type { Finding } from '#check/finding.ts'
import type { State } from '#model/state.ts'
import type { Trace } from '#trace/trace.ts'
import { type World, worldOf } from '#trace/world.ts'
import { findingsIn } from './check-mesh.ts'
import type { Holdings } from './holdings.ts'
import { type Places, placesOf, union, wishesFor } from './places.ts'

/** More rounds than any chain of proxies that makes sense. */
const rounds = 8

/** A mesh that many questions are put to; of a large one, what their traces meet is read. */
export class HeldMesh {
  readonly state: State
  /** What its assertions met, for the coverage. */
  readonly met = new Set<string>()
  private readonly holdings: Holdings
  private known: World
  private found: readonly Finding[] | undefined
  private asked = false
  /** Where the traces since the last reading went. */
  private places: Places[] = []

  constructor(state: State, holdings: Holdings) {
    this.state = state
    this.holdings = holdings
    this.known = worldOf(holdings.mesh())
  }

  get world(): World {
    return this.known
  }

  /** Made when they are asked for; of a large mesh they come with the next round of `settled`. */
  findings(): readonly Finding[] {
    this.asked = true
    if (this.holdings.unreadOf.length === 0) this.found ??= runChecks(this.known, checks)
    return this.found ?? []
  }

  /** Of a trace that was made. */
  see(trace: Trace): void {
    if (this.holdings.unreadOf.length > 0) this.places.push(placesOf(trace, this.known))
  }

  /** What `ask` answers when nothing that its traces lacked is left to be read. */
  async settled<Answer>(ask: () => Answer): Promise<Answer> {
    for (let round = 1; ; round++) {
      const answer = ask()
      const isLast = this.holdings.unreadOf.length === 0 || round === rounds
      if (isLast || !((await this.fetchPlaces()) || (await this.fetchFindings()))) return answer
    }
  }

  private async fetchPlaces(): Promise<boolean> {
    const brought = await this.holdings.fetch(wishesFor(union(this.places.splice(0))))
    if (brought) this.known = worldOf(this.holdings.mesh())
    return brought
  }

  private async fetchFindings(): Promise<boolean> {
    if (!this.asked || this.found !== undefined) return false
    this.found = (await findingsIn(this.holdings)).findings
    return true
  }
}
