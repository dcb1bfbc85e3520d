import { createReadStream, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeLarge } from '#decode/large.ts'
import { decodeZtunnel } from '#decode/ztunnel/dump.ts'
import { type Bench, cpuClock, type Figure, interleaved } from './bench.ts'
import { writeDump } from './synthetic-dump.ts'

const sizes = [12_500, 50_000, 200_000] as const
const rounds = 5

/** What one workload may cost at most in the largest dump, in what it costs in the smallest: 16 times the work is 16 times the time. */
const growth = 1.5

type Size = (typeof sizes)[number]
type Times = Readonly<Record<string, number>>

const ways = {
  parsed: (file: string) => decodeZtunnel(JSON.parse(readFileSync(file, 'utf8')), file),
  scanned: (file: string) => decodeLarge(createReadStream(file), file),
} as const
type Way = keyof typeof ways

const wayNames = Object.keys(ways) as readonly Way[]

const measure = async (folder: string): Promise<Times> => {
  const contestants: Record<string, () => unknown> = {}
  for (const size of sizes) {
    const file = join(folder, `${size}.json`)
    await writeDump(file, size)
    for (const way of wayNames) contestants[`${way} ${size}`] = () => ways[way](file)
  }
  return interleaved(contestants, rounds, cpuClock)
}

const perWorkload = (times: Times, way: Way, size: Size): number =>
  (1000 * (times[`${way} ${size}`] ?? Number.NaN)) / size

const figuresOf = (times: Times, way: Way): readonly Figure[] => {
  const of = (size: Size) => `${size.toLocaleString('en')} workloads`
  const [smallest, ...larger] = sizes
  return [
    ...sizes.map(size => ({
      what: `${way}, ${of(size)}`,
      value: perWorkload(times, way, size),
      unit: 'µs of CPU a workload',
    })),
    ...larger.map(size => ({
      what: `${way}, a workload among ${of(size)}`,
      value: perWorkload(times, way, size) / perWorkload(times, way, smallest),
      unit: `× one among ${smallest.toLocaleString('en')}`,
      bound: { atMost: growth },
    })),
  ]
}

/** Reading a file and decoding all of it: parsed whole as files up to 64 MB are, and scanned as larger ones are. */
export const decoding: Bench = {
  name: 'decoding',
  run: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ambientctl-bench-'))
    try {
      const times = await measure(folder)
      return wayNames.flatMap(way => figuresOf(times, way))
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
}
