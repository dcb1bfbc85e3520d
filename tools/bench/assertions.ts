import { invariants } from '#assertion/invariants/index.ts'
import { invariantNames } from '#assertion/suite.ts'
import { worldOf } from '#trace/world.ts'
import { type Bench, cpuClock } from './bench.ts'
import { syntheticMesh } from './synthetic-mesh.ts'

const size = 50_000

/** All invariants, one after the other, in a mesh of 50,000 workloads whose dump is decoded. */
export const assertions: Bench = {
  name: 'assertions',
  run: async () => {
    const mesh = syntheticMesh(size)
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
