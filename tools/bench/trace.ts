import { follow } from '#trace/follow.ts'
import { parseTarget } from '#trace/request.ts'
import { resolveSource } from '#trace/source.ts'
import { worldOf } from '#trace/world.ts'
import { type Bench, interleaved } from './bench.ts'
import { syntheticMesh } from './synthetic-mesh.ts'

const size = 50_000

/** One trace in a mesh of 50,000 workloads, its dump decoded; the look-ups are built once for any number of traces. */
export const traces: Bench = {
  name: 'trace',
  run: async () => {
    const mesh = syntheticMesh(size)
    const begin = performance.now()
    const world = worldOf(mesh)
    const target = parseTarget('tcp://10.96.4.7:80')
    follow(world, resolveSource(world, 'ns-1/app-1'), target)
    const first = performance.now() - begin
    const { trace } = await interleaved({ trace: () => follow(world, resolveSource(world, 'ns-1/app-1'), target) }, 200)
    return [
      { what: `look-ups and the first trace, ${size} workloads`, value: first, unit: 'ms' },
      { what: `a trace, ${size} workloads`, value: trace, unit: 'ms', bound: { atMost: 5 } },
    ]
  },
}
