import { invariants } from '#assertion/invariants/index.ts'
import { invariantNames } from '#assertion/suite.ts'
import { decodeZtunnel } from '#decode/ztunnel/dump.ts'
import { KubernetesObjects } from '#model/kubernetes.ts'
import { worldOf } from '#trace/world.ts'
import { type Bench, cpuClock } from './bench.ts'
import { syntheticDump } from './ztunnel.ts'

const size = 50_000

/** All invariants, one after the other, in a mesh of 50,000 workloads whose dump is decoded. */
export const assertions: Bench = {
  name: 'assertions',
  run: async () => {
    const ztunnels = [decodeZtunnel(syntheticDump(size), 'synthetic.json')]
    const mesh = {
      ztunnels,
      waypoints: [],
      netns: [],
      logs: [],
      failures: [],
      kubernetes: new KubernetesObjects([]),
      issues: [],
    }
    const begin = cpuClock()
    const world = worldOf(mesh)
    const tried = invariantNames.map(name => invariants[name](world, { seen: () => undefined }).tried)
    const seconds = (cpuClock() - begin) / 1000
    const requests = (tried[0] ?? 0) + (tried[1] ?? 0)
    return [
      { what: `all invariants, ${size} workloads`, value: seconds, unit: 's of CPU', bound: { atMost: 15 } },
      { what: 'requests that they followed', value: requests, unit: '' },
    ]
  },
}
