import { decodeEnvoy } from '#decode/envoy/dump.ts'
import { indexWaypoint } from '#waypoint/lookup.ts'
import { type Judgement, judge } from '../../fidelity/waypoint/judge.ts'
import type { RecordedRequest } from '../../fidelity/waypoint/recorded.ts'
import { Random } from '../../support/random.ts'
import { RunningEnvoy } from './binary.ts'
import type { Authority, Identity } from './certificates.ts'
import { play } from './client.ts'
import { configurationOf, type Skeleton } from './configuration.ts'
import { type AccessLine, idOf, observed } from './observe.ts'
import { randomRequest } from './requests.ts'

const pause = (milliseconds: number): Promise<void> => new Promise(resolve => setTimeout(resolve, milliseconds))

export interface World {
  readonly authority: Authority
  readonly waypoint: Identity
  readonly identities: ReadonlyMap<string, Identity>
}

export interface Played {
  readonly configurations: number
  readonly refused: readonly string[]
  readonly results: readonly {
    readonly seed: number
    readonly request: RecordedRequest
    readonly judgement: Judgement
    readonly verdict: unknown
  }[]
}

interface Chosen {
  readonly seed: number
  readonly skeleton: Skeleton
  readonly requests: readonly RecordedRequest[]
}

const firstPort = 15100

const choose = (seed: number, index: number, requests: number): Chosen => {
  const suffix = `_S${index}_`
  const asking = new Random(seed ^ 0x5bd1e995)
  return {
    seed,
    skeleton: { suffix, port: firstPort + index, random: new Random(seed) },
    requests: Array.from({ length: requests }, (_, at) => randomRequest(asking, `${seed}-${at}`)),
  }
}

const suffixes = /_S\d+_/g

/** Older releases write null for what has no value. */
const readLine = (text: string): AccessLine =>
  Object.fromEntries(Object.entries(JSON.parse(text)).filter(([, value]) => value !== null)) as unknown as AccessLine

const linesById = (lines: readonly string[]): ReadonlyMap<string, readonly AccessLine[]> => {
  const byId = new Map<string, AccessLine[]>()
  for (const text of lines) {
    const line = readLine(text.replace(suffixes, ''))
    const known = byId.get(idOf(line))
    if (known === undefined) byId.set(idOf(line), [line])
    else known.push(line)
  }
  return byId
}

/** The dump of one skeleton, out of the dump of all: names lose their suffix. */
const dumpOf = (dump: unknown, suffix: string): unknown => JSON.parse(JSON.stringify(dump).replaceAll(suffix, ''))

const atOnce = 8

const playAll = async (world: World, chosen: readonly Chosen[]) => {
  const jobs = chosen.flatMap(({ seed, skeleton, requests }) => requests.map(request => ({ seed, skeleton, request })))
  const met = new Map<string, Awaited<ReturnType<typeof play>>>()
  let next = 0
  const worker = async (): Promise<void> => {
    for (let job = jobs[next++]; job !== undefined; job = jobs[next++]) {
      const identity = world.identities.get(job.request.peer_identity ?? '')
      if (identity !== undefined)
        met.set(job.request.id, await play(job.skeleton.port, world.authority.cert, identity, job.request))
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return { jobs, met }
}

const filesOf = ({ authority, waypoint }: World) => ({
  'ca.crt': authority.cert,
  'waypoint.crt': waypoint.cert,
  'waypoint.key': waypoint.key,
})

/** Plays `requests` random requests against each of the seeds' configurations, all in one Envoy process. */
export const playSeeds = async (
  binary: string,
  world: World,
  seeds: readonly number[],
  requests: number,
): Promise<Played> => {
  const chosen = seeds.map((seed, index) => choose(seed, index, requests))
  let envoy: RunningEnvoy
  try {
    envoy = await RunningEnvoy.start(binary, configurationOf(chosen.map(({ skeleton }) => skeleton)), filesOf(world))
  } catch (error) {
    if (seeds.length === 1) return { configurations: 0, refused: [`${seeds[0]}: ${error}`], results: [] }
    // One refused configuration spoils the process: play them one by one.
    const each: Played[] = []
    for (const seed of seeds) each.push(await playSeeds(binary, world, [seed], requests))
    return {
      configurations: each.reduce((sum, { configurations }) => sum + configurations, 0),
      refused: each.flatMap(({ refused }) => refused),
      results: each.flatMap(({ results }) => results),
    }
  }
  try {
    const dump = await envoy.dump()
    const { jobs, met } = await playAll(world, chosen)
    await pause(700)
    const lines = linesById(envoy.accessLines())
    const indexes = new Map(
      chosen.map(({ seed, skeleton }) => [
        seed,
        indexWaypoint(decodeEnvoy({ configDump: dumpOf(dump, skeleton.suffix) }, `seed ${seed}`)),
      ]),
    )
    const results = jobs.flatMap(({ seed, request }) => {
      const index = indexes.get(seed)
      const found = met.get(request.id)
      if (index === undefined || found === undefined) return []
      const observedCase = observed(request, found, lines.get(request.id) ?? [])
      return [{ seed, request, judgement: judge(index, observedCase, Date.now()), verdict: observedCase.verdict }]
    })
    return { configurations: seeds.length, refused: [], results }
  } finally {
    await envoy.stop()
  }
}
