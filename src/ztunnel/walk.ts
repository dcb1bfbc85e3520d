import type { NonEmpty } from '#model/evidence.ts'
import type { Authorization, Service, Workload } from '#model/ztunnel.ts'

/** Something that is fixed inside a ztunnel but that its dump does not tell. */
export interface HiddenFact {
  readonly code:
    | 'shared-address'
    | 'shared-vip'
    | 'vip-order'
    | 'stale-cidr'
    | 'same-pod-info'
    | 'workload-hostname-order'
    | 'hidden-workload'
    | 'policy-order'
    | 'lost-address'
    | 'former-endpoint'
    | 'deleted-sibling'
  /** What it is about: `/10.96.0.1`, `shop/cart.shop.svc.cluster.local`. */
  readonly subject: string
  readonly involved: readonly (Workload | Service | Authorization)[]
}

export interface Weighted<T> {
  readonly value: T
  readonly weight: number
}

/** One result that the decision can have. */
export interface Outcome<Result, Step> {
  readonly result: Result
  /** Undefined when it depends on a hidden fact. */
  readonly probability?: number
  readonly steps: readonly Step[]
}

export interface Decision<Result, Step> {
  readonly outcomes: NonEmpty<Outcome<Result, Step>>
  /** Hidden facts on which the result depends; empty when the dump decides. */
  readonly ambiguousBecause: readonly HiddenFact[]
  /** Rare facts that no dump shows; the outcomes suppose that they are not so. */
  readonly unless: readonly HiddenFact[]
  /** Set when there were more ways than were walked. */
  readonly incomplete?: true
}

/** One way through a decision: random draws and hidden facts are forks, and `explore` walks every branch. */
export interface Walk<Step> {
  /** A random draw of ztunnel, once a call. */
  draw<T>(options: readonly Weighted<T>[]): T
  /** A hidden fact: the first of the options in an order that, within one way through, is the same for every question. */
  settle<T>(fact: HiddenFact, options: readonly T[]): T
  /** True: the rare fact is not so. False only on the branches of `doubt`. */
  assumeNot(fact: HiddenFact): boolean
  /** Work that is the same on every branch. */
  once<T>(key: string, compute: () => T): T
  note(step: Step): void
  /** What was noted on this way so far. */
  readonly steps: readonly Step[]
}

export interface Doubts {
  /** Also walk where the rare facts of `unless` are so. */
  readonly doubt?: boolean
}

const mostWays = 20_000

/**
 * Walks `decide` along every branch and merges equal results (`sameAs` gives equal keys to equal results).
 * With `doubt`, also where a rare fact is so.
 */
export const explore = <Result, Step>(
  decide: (walk: Walk<Step>) => Result,
  sameAs: (result: Result) => string,
  { doubt = false }: Doubts = {},
): Decision<Result, Step> => {
  const shared = new Map<string, unknown>()
  const merged = new Map<string, Merging<Result, Step>>()
  const causes = new Map<string, Cause>()
  const unless = new Map<string, HiddenFact>()
  let script: readonly number[] | undefined = []
  let ways = 0
  while (script !== undefined && ways < mostWays) {
    const way: Way<Step> = new Way(script, shared, doubt)
    const result = decide(way)
    const key = sameAs(result)
    merge(merged, key, result, way)
    for (const [subject, { fact, answers }] of way.settled) {
      const cause = causes.get(subject) ?? { fact, results: new Map() }
      causes.set(subject, cause)
      for (const { chosen } of answers) cause.results.set(chosen, (cause.results.get(chosen) ?? new Set()).add(key))
    }
    for (const fact of way.assumed) unless.set(factKey(fact), fact)
    script = way.next()
    ways++
  }
  const [first, ...others] = [...merged.values()].map(one => outcomeOf(one, merged.size))
  if (first === undefined) throw new Error('a decision has at least one outcome')
  return {
    outcomes: [first, ...others],
    ambiguousBecause: [...causes.values()].filter(matters).map(({ fact }) => fact),
    unless: [...unless.values()],
    ...(script === undefined ? {} : { incomplete: true as const }),
  }
}

const factKey = ({ code, subject }: HiddenFact): string => `${code} ${subject}`

interface Cause {
  readonly fact: HiddenFact
  readonly results: Map<unknown, Set<string>>
}

interface Merging<Result, Step> {
  readonly result: Result
  readonly steps: readonly Step[]
  probability: number | undefined
}

const matters = ({ results }: Cause): boolean => {
  const [first, ...others] = [...results.values()].map(set => [...set].sort().join('\n'))
  return others.some(other => other !== first)
}

const merge = <Result, Step>(
  into: Map<string, Merging<Result, Step>>,
  key: string,
  result: Result,
  way: Way<Step>,
): void => {
  const probability = way.settled.size > 0 ? undefined : way.probability
  const known = into.get(key)
  if (known === undefined) into.set(key, { result, steps: way.steps, probability })
  else
    known.probability =
      known.probability === undefined || probability === undefined ? undefined : known.probability + probability
}

const outcomeOf = <Result, Step>(one: Merging<Result, Step>, of: number): Outcome<Result, Step> => {
  const probability = of === 1 ? 1 : one.probability
  const { result, steps } = one
  return probability === undefined ? { result, steps } : { result, steps, probability }
}

/** Draws repeat on every branch, so that the sum of a long list is kept with the list. */
const totals = new WeakMap<readonly Weighted<unknown>[], number>()

const totalWeight = (options: readonly Weighted<unknown>[]): number => {
  const known = totals.get(options) ?? options.reduce((sum, { weight }) => sum + weight, 0)
  totals.set(options, known)
  return known
}

/** What was first of some options, on one way through. */
interface Answer {
  readonly options: readonly unknown[]
  readonly chosen: unknown
}

const isSameList = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a === b || (a.length === b.length && a.every((value, at) => value === b[at]))

/** No order has another of the earlier options before the one that was first of them. */
const mayBeFirst = (option: unknown, options: readonly unknown[], earlier: Answer): boolean =>
  option === earlier.chosen || !earlier.options.includes(option) || !options.includes(earlier.chosen)

const getOrSet = <Value>(map: Map<string, Value>, key: string, make: () => Value): Value => {
  const known = map.get(key)
  if (known !== undefined || map.has(key)) return known as Value
  const made = make()
  map.set(key, made)
  return made
}

class Way<Step> implements Walk<Step> {
  readonly steps: Step[] = []
  readonly settled = new Map<string, { readonly fact: HiddenFact; readonly answers: Answer[] }>()
  readonly assumed: HiddenFact[] = []
  probability = 1
  private readonly doubt: boolean
  private readonly script: readonly number[]
  private readonly shared: Map<string, unknown>
  private readonly taken: number[] = []
  private readonly widths: number[] = []

  constructor(script: readonly number[], shared: Map<string, unknown>, doubt: boolean) {
    this.doubt = doubt
    this.script = script
    this.shared = shared
  }

  draw<T>(options: readonly Weighted<T>[]): T {
    const chosen = options[this.fork(options.length)]
    if (chosen === undefined) throw new Error('a draw needs an option')
    this.probability *= chosen.weight / totalWeight(options)
    return chosen.value
  }

  settle<T>(fact: HiddenFact, options: readonly T[]): T {
    if (options.length === 1) return options[0] as T
    const { answers } = getOrSet(this.settled, factKey(fact), () => ({ fact, answers: [] }))
    const same = answers.find(answer => isSameList(answer.options, options))
    if (same !== undefined) return same.chosen as T
    const open = options.filter(option => answers.every(answer => mayBeFirst(option, options, answer)))
    const chosen = open[this.fork(open.length)] as T
    answers.push({ options, chosen })
    return chosen
  }

  assumeNot(fact: HiddenFact): boolean {
    if (this.doubt) return this.settle(fact, [true, false])
    this.assumed.push(fact)
    return true
  }

  once<T>(key: string, compute: () => T): T {
    return getOrSet(this.shared, key, compute) as T
  }

  note(step: Step): void {
    this.steps.push(step)
  }

  /** The script of the next way, or undefined after the last. */
  next(): readonly number[] | undefined {
    for (let at = this.taken.length - 1; at >= 0; at--) {
      const following = (this.taken[at] ?? 0) + 1
      if (following < (this.widths[at] ?? 0)) return [...this.taken.slice(0, at), following]
    }
    return undefined
  }

  private fork(width: number): number {
    if (width === 1) return 0
    const choice = this.script[this.taken.length] ?? 0
    this.taken.push(choice)
    this.widths.push(width)
    return choice
  }
}
