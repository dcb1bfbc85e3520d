import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decideWaypoint } from '#waypoint/decide.ts'
import type { WaypointRequest } from '#waypoint/request.ts'
import { largeWaypoint, requestTo, routesOfOne, services } from '../../test/waypoint/large.ts'
import { type Bench, type Figure, interleaved } from './bench.ts'
import { waypointShapes, writeWaypoint } from './synthetic-waypoint.ts'

const megabytes = 200
/** Ten times a dump is what JSON.parse makes of a value that nothing cuts into parts. */
const memoryLimit = 2_500

/** In a process of its own, so that its memory can be told. */
const decoded = (file: string): { seconds: number; mebibytes: number } => {
  const { stdout, status } = spawnSync(process.execPath, ['tools/run.mjs', 'tools/bench/decode-waypoint.ts', file])
  if (status !== 0) throw new Error(`decoding ${file} ended with ${status}`)
  return JSON.parse(String(stdout))
}

const decoding = async (folder: string): Promise<readonly Figure[]> => {
  const figures: Figure[] = []
  for (const [name, shape] of Object.entries(waypointShapes)) {
    const file = join(folder, 'waypoint.json')
    await writeWaypoint(file, shape, megabytes)
    const { seconds, mebibytes } = decoded(file)
    const what = `${megabytes} MB of ${name}`
    figures.push(
      { what: `${what}: time`, value: seconds, unit: 's' },
      { what: `${what}: peak memory`, value: mebibytes, unit: 'MiB', bound: { atMost: memoryLimit } },
    )
  }
  return figures
}

const decisions = async (): Promise<readonly Figure[]> => {
  const index = largeWaypoint()
  const calls = 200
  const many = (request: (at: number) => WaypointRequest) => () => {
    for (let at = 0; at < calls; at++) decideWaypoint(index, request(at))
  }
  const times = await interleaved(
    {
      service: many(at => requestTo((at * 7919) % services, '/')),
      route: many(at => requestTo(0, `/x${routesOfOne - 1 - 2 * at}/abc`)),
    },
    9,
  )
  const bound = { atMost: 5 }
  return [
    { what: 'a decision for one of 5,000 services', value: times.service / calls, unit: 'ms', bound },
    { what: 'a decision that 20,000 routes are tried for', value: times.route / calls, unit: 'ms', bound },
  ]
}

/** Decoding dumps of 200 MB, and deciding in a waypoint of many services. */
export const waypoints: Bench = {
  name: 'waypoint',
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'ambientctl-bench-'))
    try {
      return [...(await decisions()), ...(await decoding(folder))]
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
}
