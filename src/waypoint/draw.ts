/** One way that a random or unknown choice can go; without a probability the chance is not known. */
export interface Option<T> {
  readonly value: T
  readonly probability?: number
}

/** The choices along one run, replayed from `script` and then always the first option. */
export class Draws {
  private readonly script: readonly number[]
  private readonly taken: number[] = []
  private readonly sizes: number[] = []
  /** Chance of this run, `undefined` once a choice of unknown chance was met. */
  probability: number | undefined = 1

  constructor(script: readonly number[]) {
    this.script = script
  }

  pick<T>(options: readonly [Option<T>, ...Option<T>[]]): T {
    const index = this.script[this.taken.length] ?? 0
    const chosen = options[index] ?? options[0]
    this.taken.push(index)
    this.sizes.push(options.length)
    const { probability } = chosen
    this.probability =
      this.probability === undefined || probability === undefined ? undefined : this.probability * probability
    return chosen.value
  }

  /** Script of the next run in depth-first order; `undefined` after the last. */
  next(): readonly number[] | undefined {
    for (let depth = this.taken.length - 1; depth >= 0; depth--) {
      const index = this.taken[depth] ?? 0
      if (index + 1 < (this.sizes[depth] ?? 0)) return [...this.taken.slice(0, depth), index + 1]
    }
    return undefined
  }
}

/** Runs `run` once for every combination of choices that it makes, at most `limit` times. */
export const everyBranch = <T>(
  run: (draws: Draws) => T,
  limit: number,
): { readonly results: readonly T[]; readonly complete: boolean } => {
  const results: T[] = []
  let script: readonly number[] | undefined = []
  while (script !== undefined && results.length < limit) {
    const draws: Draws = new Draws(script)
    results.push(run(draws))
    script = draws.next()
  }
  return { results, complete: script === undefined }
}
