import { spawnSync } from 'node:child_process'

/** Medians of a process that ran several times. */
export interface Usage {
  /** Seconds of all its threads. */
  readonly cpu: number
  /** Seconds from start to end. */
  readonly wall: number
  /** Peak resident MiB. */
  readonly memory: number
}

const probe = ['--require', './tools/bench/usage.cjs']

export const runOnce = (args: readonly string[]): Usage => {
  const begin = performance.now()
  const { output, status } = spawnSync(process.execPath, [...probe, ...args], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  })
  const wall = (performance.now() - begin) / 1000
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}`)
  const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(String(output[3])) as NodeJS.ResourceUsage
  const usage = { cpu: (userCPUTime + systemCPUTime) / 1e6, wall, memory: maxRSS / 1024 }
  console.warn(`${usage.cpu.toFixed(2)} s of CPU, ${Math.round(usage.memory)} MiB: node ${args.join(' ')}`)
  return usage
}

const middle = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/** Runs node with each list of arguments in turn (a b c a b c …), so that a machine that slows down slows all of them. */
export const measured = <Name extends string>(
  contestants: Readonly<Record<Name, readonly string[]>>,
  rounds: number,
): Readonly<Record<Name, Usage>> => {
  const names = Object.keys(contestants) as Name[]
  const runs = new Map(names.map(name => [name, [] as Usage[]]))
  for (let round = 0; round < rounds; round++)
    for (const name of names) runs.get(name)?.push(runOnce(contestants[name]))
  const medianOf = (name: Name): Usage => {
    const all = runs.get(name) ?? []
    return {
      cpu: middle(all.map(({ cpu }) => cpu)),
      wall: middle(all.map(({ wall }) => wall)),
      memory: middle(all.map(({ memory }) => memory)),
    }
  }
  return Object.fromEntries(names.map(name => [name, medianOf(name)])) as Record<Name, Usage>
}
