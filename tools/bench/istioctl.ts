import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Bench, type Figure, median } from './bench.ts'
import { hasLargeDumps, largeDump } from './large-dumps.ts'
import { inFolder } from './tables.ts'

/** Its path; without it nothing is measured, because it is not in any registry of packages. */
const istioctl = process.env.AMBIENTCTL_BENCH_ISTIOCTL

const tables = ['workload', 'service', 'policy', 'certificate', 'connections', 'all'] as const
const formats = ['short', 'json', 'yaml'] as const
/** Medians of such series differ by a few hundredths from run to run. */
const noSlower = { atMost: 1.05 }
const rounds = { '10k': 11, '50k': 3 } as const

/** CPU in seconds, wall time in milliseconds, peak memory in KiB. */
type Usage = readonly [cpu: number, wall: number, peak: number]

/** GNU time measures a process of any kind, both contestants alike. */
const used = (report: string, command: readonly string[]): Usage => {
  const begin = performance.now()
  const { status } = spawnSync('time', ['-f', '%U %S %M', '-o', report, ...command], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, KUBECONFIG: '/dev/null' },
  })
  const wall = performance.now() - begin
  if (status !== 0) throw new Error(`time ${command.join(' ')} ended with ${status}; it has to be GNU time`)
  const [user = 0, system = 0, peak = 0] = readFileSync(report, 'utf8').split(' ').map(Number)
  return [user + system, wall, peak]
}

const ratios = (folder: string, size: keyof typeof rounds, theirs: string): readonly Figure[] => {
  const file = largeDump(size, folder)
  return tables.flatMap(table =>
    formats.flatMap(format => {
      const asked = [table, '-f', file, '-o', format]
      const [own, other]: [Usage[], Usage[]] = [[], []]
      for (let round = 0; round < rounds[size]; round++) {
        other.push(used(join(folder, 'usage'), [theirs, 'ztunnel-config', ...asked]))
        own.push(used(join(folder, 'usage'), [process.execPath, 'bin/run.js', 'dump', 'ztunnel', ...asked]))
      }
      const of = (at: 0 | 1 | 2) => median(own.map(usage => usage[at])) / median(other.map(usage => usage[at]))
      const what = `\`dump ztunnel ${table} -o ${format}\`, real ${size}`
      const isLongYaml = format === 'yaml' && (table === 'workload' || table === 'all')
      return [
        { what: `${what}: CPU`, value: of(0), unit: '× istioctl', bound: noSlower },
        { what: `${what}: wall`, value: of(1), unit: '× istioctl', bound: noSlower },
        {
          what: `${what}: peak memory`,
          value: of(2),
          unit: '× istioctl',
          ...(isLongYaml && { bound: { atMost: 1 / 4 } }),
        },
      ]
    }),
  )
}

/** Against istioctl itself, on the recorded dumps of 10,000 and 50,000 workloads. */
export const headToHead: Bench = {
  name: 'istioctl',
  run: async () => {
    if (istioctl === undefined || !hasLargeDumps()) {
      console.warn(
        'no figures against istioctl: they need its path in AMBIENTCTL_BENCH_ISTIOCTL and the large captures',
      )
      return []
    }
    return inFolder(async folder => [...ratios(folder, '10k', istioctl), ...ratios(folder, '50k', istioctl)])
  },
}
