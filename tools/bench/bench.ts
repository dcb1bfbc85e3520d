/** One measured figure. A ratio is against the contestant that `of` names. */
export interface Figure {
  readonly what: string
  readonly value: number
  readonly unit: string
  readonly bound?: { readonly atMost: number } | { readonly atLeast: number }
}

/** One area's measurements. It measures what users meet: a whole command, or one call at a stated size. */
export interface Bench {
  readonly name: string
  run(): Promise<readonly Figure[]>
}

type Contestants<Name extends string> = Readonly<Record<Name, () => unknown>>

/**
 * Median milliseconds of each contestant, run in turn (a b c a b c …) after one warm-up round, so that a machine that
 * slows down slows all of them.
 */
export const interleaved = async <Name extends string>(
  contestants: Contestants<Name>,
  rounds: number,
  clock: () => number = () => performance.now(),
): Promise<Readonly<Record<Name, number>>> => {
  const names = Object.keys(contestants) as Name[]
  const times = new Map(names.map(name => [name, [] as number[]]))
  for (let round = -1; round < rounds; round++)
    for (const name of names) {
      const begin = clock()
      await contestants[name]()
      if (round >= 0) times.get(name)?.push(clock() - begin)
    }
  return Object.fromEntries(names.map(name => [name, median(times.get(name) ?? [])])) as Record<Name, number>
}

/** Milliseconds of this process's own work, for long runs that other processes would disturb. */
export const cpuClock = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]]
  return (low + high) / 2
}

export const holds = ({ value, bound }: Figure): boolean =>
  bound === undefined || ('atMost' in bound ? value <= bound.atMost : value >= bound.atLeast)
