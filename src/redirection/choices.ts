import type { Missing } from './fate.ts'

/** Answers the questions that rules leave to chance. A script replays the first answers; after it, the first option is taken. */
export class Choices {
  readonly asked: { readonly weights: readonly number[]; readonly taken: number }[] = []
  private readonly script: readonly number[]

  /** What was decided though nobody can know it. */
  readonly open: Missing[] = []
  private readonly answers = new Map<string, number>()

  constructor(script: readonly number[] = []) {
    this.script = script
  }

  /** Index of the option taken; options of weight 0 are never explored. */
  pick(weights: readonly number[]): number {
    const first = weights.findIndex(weight => weight > 0)
    const taken = this.script[this.asked.length] ?? first
    this.asked.push({ weights, taken })
    return taken
  }

  /** One of two worlds that a dump cannot tell apart; the same question gets the same answer throughout a run. */
  either(question: string, missing: Missing): number {
    const known = this.answers.get(question)
    if (known !== undefined) return known
    const taken = this.pick([1, 1])
    this.answers.set(question, taken)
    this.open.push(missing)
    return taken
  }

  /** What happened in this run answers the question from now on. */
  settle(question: string, answer: number): void {
    this.answers.set(question, answer)
  }

  settled(question: string): number | undefined {
    return this.answers.get(question)
  }

  get probability(): number {
    return this.asked.reduce((product, { weights, taken }) => product * ((weights[taken] ?? 0) / sum(weights)), 1)
  }

  /** The script of the next unexplored run, depth first; undefined when every option was taken. */
  next(): readonly number[] | undefined {
    for (let depth = this.asked.length - 1; depth >= 0; depth--) {
      const choice = this.asked[depth]
      const after = choice?.weights.findIndex((weight, index) => index > choice.taken && weight > 0) ?? -1
      if (after >= 0) return [...this.asked.slice(0, depth).map(({ taken }) => taken), after]
    }
    return undefined
  }
}

const sum = (weights: readonly number[]): number => weights.reduce((all, weight) => all + weight, 0)

export interface Outcome<T> {
  readonly value: T
  readonly probability: number
  /** What this outcome assumes and nobody knows. */
  readonly open: readonly Missing[]
}

/** Runs once per combination of chances, at most `limit` times; `complete` tells whether all were seen. */
export const explore = <T>(
  run: (choices: Choices) => T,
  limit: number,
): {
  readonly outcomes: readonly Outcome<T>[]
  readonly complete: boolean
} => {
  const outcomes: Outcome<T>[] = []
  let script: readonly number[] | undefined = []
  while (script !== undefined && outcomes.length < limit) {
    const choices: Choices = new Choices(script)
    const value = run(choices)
    outcomes.push({
      value,
      probability: choices.probability,
      open: choices.open,
    })
    script = choices.next()
  }
  return { outcomes, complete: script === undefined }
}
