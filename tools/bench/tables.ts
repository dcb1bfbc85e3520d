import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { anyList } from '#render/list/any-list.ts'
import type { Bench, Figure } from './bench.ts'
import { hasLargeDumps, largeDump } from './large-dumps.ts'
import { measured, type Usage } from './processes.ts'
import { writeDump } from './synthetic-dump.ts'

/**
 * What istioctl 1.30.3 needed on dumps of this size (bench/README.md of the shared material), in the CPU and wall time of
 * `node -e 0` on that machine, and how many times as fast a table has to be here.
 */
const synthetic = [
  { size: 1000, cpu: 1.8, wall: 3.3, times: 1 / 2, rounds: 9 },
  { size: 10_000, cpu: 47, wall: 71, times: 5, rounds: 5 },
  { size: 50_000, cpu: 889, wall: 767, times: 40, rounds: 3 },
] as const

/** The same of real dumps: CPU in `node -e 0`, peak MiB where it is to be undercut (captures of mesh-1.30, large). */
const recorded = [
  { size: '10k', command: 'workloads', cpu: 16.3 },
  { size: '10k', command: 'services', cpu: 6.8 },
  { size: '10k', command: 'policies', cpu: 4.2 },
  { size: '10k', command: 'all', cpu: 17.6 },
  { size: '10k', command: 'workloads -o json', cpu: 5.6 },
  { size: '10k', command: 'services -o json', cpu: 4.4 },
  { size: '10k', command: 'workloads -o yaml', cpu: 22.5, memory: 510 / 4 },
  { size: '50k', command: 'workloads', cpu: 78.3 },
  { size: '50k', command: 'services', cpu: 19.6 },
  { size: '50k', command: 'policies', cpu: 16.7 },
  { size: '50k', command: 'all', cpu: 91 },
  { size: '50k', command: 'workloads -o json', cpu: 21.5 },
  { size: '50k', command: 'services -o json', cpu: 19 },
  { size: '50k', command: 'workloads -o yaml', cpu: 122, memory: 2462 / 4 },
] as const

/** Workloads of a dump of 500 MB. */
const hugeSize = 535_000
/** 400 MB in MiB. */
const hugeLimit = 4e8 / 2 ** 20

const rowFormats = ['text', 'wide', 'csv', 'name'] as const
const elementFormats = ['json', 'yaml', 'ndjson'] as const
const withFormats = (command: string, formats: readonly string[]): readonly string[] =>
  formats.map(format => `${command} -o ${format}`.trim())

/** Every list in every format; the overview is no list and has fewer. */
const hugeCommands = [
  ...['all', 'workloads', 'services', 'policies', 'certificates', 'connections', 'config'].flatMap(table =>
    withFormats(table, [...rowFormats, ...elementFormats]),
  ),
  ...withFormats('', ['text', 'json', 'yaml']),
  'workloads --sort-by node',
  'services --columns service-name,hostname --sort-by hostname',
]

const dump = (command: string, file: string): readonly string[] => [
  'bin/run.js',
  'dump',
  'ztunnel',
  ...command.split(' ').filter(word => word !== ''),
  '--file',
  file,
]
const empty = ['-e', '0'] as const

const syntheticFigures = async (folder: string): Promise<readonly Figure[]> => {
  const figures: Figure[] = []
  const seconds = new Map<number, number>()
  for (const { size, cpu, wall, times, rounds } of [
    ...synthetic,
    { size: 100_000, cpu: undefined, wall: undefined, times: 1, rounds: 3 },
    { size: 200_000, cpu: undefined, wall: undefined, times: 1, rounds: 3 },
  ]) {
    const file = join(folder, 'synthetic.json')
    await writeDump(file, size)
    const { node, table } = measured({ node: empty, table: dump('workloads', file) }, rounds)
    seconds.set(size, table.cpu - node.cpu)
    const what = `\`dump ztunnel workloads\`, ${size.toLocaleString('en')} workloads`
    figures.push(
      ratio(`${what}: CPU`, table.cpu / node.cpu, cpu === undefined ? undefined : cpu / times),
      ratio(`${what}: wall`, table.wall / node.wall, wall === undefined ? undefined : wall / times),
      memory(what, table),
    )
  }
  // From 64 MB on, a file is scanned instead of held: the step between 50,000 and 100,000 is not growth.
  const growth = (seconds.get(200_000) ?? Number.NaN) / (seconds.get(100_000) ?? Number.NaN)
  return [...figures, { what: 'twice as many workloads', value: growth, unit: '× the CPU', bound: { atMost: 2.3 } }]
}

const recordedFigures = (folder: string): readonly Figure[] => {
  if (!hasLargeDumps()) {
    console.warn('the large captures are not here: no figures of real dumps')
    return []
  }
  return (['10k', '50k'] as const).flatMap(size => {
    const file = largeDump(size, folder)
    const asked = recorded.filter(one => one.size === size)
    const usages = measured(
      { node: empty, ...Object.fromEntries(asked.map(({ command }) => [command, dump(command, file)])) },
      size === '10k' ? 9 : 3,
    )
    return asked.flatMap(one => {
      const usage = usages[one.command as 'node']
      const what = `\`dump ztunnel ${one.command}\`, real ${size}`
      const bound = 'memory' in one ? { atMost: one.memory } : undefined
      return [
        ratio(`${what}: CPU`, usage.cpu / usages.node.cpu, one.cpu),
        { ...memory(what, usage), ...(bound && { bound }) },
      ]
    })
  })
}

const hugeFigures = async (folder: string): Promise<readonly Figure[]> => {
  const file = join(folder, 'huge.json')
  await writeDump(file, hugeSize)
  return hugeCommands.map(command => {
    const { table } = measured({ table: dump(command, file) }, 1)
    return { ...memory(`\`dump ztunnel ${command}\`, 500 MB`, table), bound: { atMost: hugeLimit } }
  })
}

/** Wide characters in every hundredth row: they are measured another way. */
const listFigures = (): readonly Figure[] => {
  const rows = Array.from({ length: 100_000 }, (_, at) => (at % 100 === 0 ? `網-${at}` : `pod-${at}`))
  const columns = ['a', 'b', 'c', 'd', 'e', 'f'].map(key => ({
    key,
    header: key,
    text: (row: string) => `${key}-${row}`,
  }))
  const list = anyList({ columns, rows, name: row => row })
  const begin = performance.now()
  let size = 0
  const look = { colour: false, width: Number.POSITIVE_INFINITY }
  for (const line of list.render('text', { sortBy: '-c' }, look)) size += line.length
  if (size === 0) throw new Error('the list is empty')
  return [{ what: '100,000 rows, decoded', value: performance.now() - begin, unit: 'ms', bound: { atMost: 1000 } }]
}

const ratio = (what: string, value: number, atMost: number | undefined): Figure => ({
  what,
  value,
  unit: '× `node -e 0`',
  ...(atMost !== undefined && { bound: { atMost } }),
})

const memory = (what: string, usage: Usage): Figure => ({
  what: `${what}: peak memory`,
  value: usage.memory,
  unit: 'MiB',
})

export const inFolder = async (run: (folder: string) => Promise<readonly Figure[]>): Promise<readonly Figure[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'ambientctl-bench-'))
  try {
    return await run(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The lists of ztunnel dumps, against what istioctl was measured at. */
export const tables: Bench = {
  name: 'tables',
  run: () =>
    inFolder(async folder => [...listFigures(), ...(await syntheticFigures(folder)), ...recordedFigures(folder)]),
}

/** What every list takes of a dump that is too large to parse. */
export const tablesMemory: Bench = { name: 'tables-memory', run: () => inFolder(hugeFigures) }
