import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create } from 'tar'
import { waypointPod } from '../../test/kube/demo-cluster.ts'
import type { Bench, Figure } from './bench.ts'
import { waypoints, writeLargeSnapshot, ztunnels } from './large-snapshot.ts'
import { runOnce } from './processes.ts'

const rssLimit = 1024

/** What the commands ask, each of the whole snapshot. */
const questions = {
  trace: ['trace', 'ns-4/app-4', 'http://10.96.0.2:80/'],
  'dump ztunnel workloads --node': ['dump', 'ztunnel', 'workloads', '--node', 'node-7'],
  'dump ztunnel workloads': ['dump', 'ztunnel', 'workloads'],
  'dump waypoint clusters': ['dump', 'waypoint', 'clusters', `${waypointPod}-7`],
  check: ['check', '--fail-on', 'never'],
} as const

/** Commands that take minutes are asked of the folder alone. */
const isQuick = (name: string): boolean => name.startsWith('trace') || name.includes('--node')

export const saved: Bench = {
  name: 'saved',
  run: async () => {
    const home = mkdtempSync(join(tmpdir(), 'ambientctl-bench-'))
    const [folder, archive] = [join(home, 'mesh'), join(home, 'mesh.tar.gz')]
    try {
      await writeLargeSnapshot(folder)
      await create({ cwd: home, file: archive, gzip: { level: 1 } }, ['mesh'])
      const figures: Figure[] = []
      for (const place of [folder, archive])
        for (const [name, args] of Object.entries(questions)) {
          if (place === archive && !isQuick(name)) continue
          const usage = runOnce(['bin/run.js', ...args, '--snapshot', place])
          const what = `\`${name}\`, ${ztunnels} ztunnels and ${waypoints} waypoints, ${place === folder ? 'a folder' : 'an archive'}`
          figures.push({ what: `${what}: peak memory`, value: usage.memory, unit: 'MiB', bound: { atMost: rssLimit } })
          figures.push({ what: `${what}: wall time`, value: usage.wall, unit: 's' })
        }
      return figures
    } finally {
      rmSync(home, { recursive: true })
    }
  },
}
