import { decodeEnvoy } from '#decode/envoy/dump.ts'
import { indexWaypoint } from '#waypoint/lookup.ts'
import { type Judgement, judge } from '../../fidelity/waypoint/judge.ts'
import type { RecordedCase, RecordedRequest } from '../../fidelity/waypoint/recorded.ts'
import { Random } from '../../support/random.ts'
import { RunningEnvoy } from './binary.ts'
import type { Authority, Identity } from './certificates.ts'
import { type Door, type Met, play } from './client.ts'
import { configurationOf, type Skeleton } from './configuration.ts'
import { type AccessLine, idOf, logIsLost, observed, upstreamRefuses } from './observe.ts'
import { randomRequest } from './requests.ts'

const pause = (milliseconds: number): Promise<void> => new Promise(resolve => setTimeout(resolve, milliseconds))

export interface World {
  readonly authority: Authority
  readonly waypoint: Identity
  readonly identities: ReadonlyMap<string, Identity>
}

/** A configuration with its requests and verdicts, as recordings of random configurations keep them. */
export interface Recording {
  readonly seed: number
  readonly config_dump: unknown
  readonly requests: readonly RecordedRequest[]
  readonly verdicts: readonly object[]
}

export interface Played {
  readonly configurations: number
  readonly refused: readonly string[]
  readonly recordings: readonly Recording[]
  readonly results: readonly {
    readonly seed: number
    readonly request: RecordedRequest
    readonly judgement: Judgement
    readonly verdict: object
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

/** Formats of local replies tell names of the process. */
const plainBody = (met: Met): Met => ({ ...met, body: met.body.replace(suffixes, '') })

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

type Section = Readonly<Record<string, unknown>>

/** What a section holds besides the other skeletons of the process. */
const ownPart = (section: Section, suffix: string): Section => {
  const { bootstrap, ...lists } = section
  const isOwn = (entry: unknown): boolean => !JSON.stringify(entry).replaceAll(suffix, '').match(suffixes)
  const kept = Object.entries(lists).map(([name, list]) => [name, Array.isArray(list) ? list.filter(isOwn) : list])
  // The bootstrap repeats the static resources that the other sections have.
  const { static_resources: _, ...told } = (bootstrap ?? {}) as Section
  return { ...Object.fromEntries(kept), ...(bootstrap === undefined ? {} : { bootstrap: told }) }
}

/** The dump of one skeleton, out of the dump of all: names lose their suffix. */
const dumpOf = (dump: { readonly configs: readonly Section[] }, suffix: string): unknown => {
  const configs = dump.configs.map(section => ownPart(section, suffix))
  return JSON.parse(JSON.stringify({ configs }).replaceAll(suffix, ''))
}

const atOnce = 8

export interface Job {
  readonly door: Door
  readonly request: RecordedRequest
}

/** What the clients met, by request. */
export const playAll = async (world: World, jobs: readonly Job[]): Promise<ReadonlyMap<string, Met>> => {
  const met = new Map<string, Met>()
  let next = 0
  const worker = async (): Promise<void> => {
    for (let job = jobs[next++]; job !== undefined; job = jobs[next++]) {
      const identity = world.identities.get(job.request.peer_identity ?? '')
      if (identity !== undefined)
        met.set(job.request.id, plainBody(await play(job.door, world.authority.cert, identity, job.request)))
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return met
}

const patience = 6

/** The log once it tells of everything that was answered, or does not get longer. */
export const settledLines = async (envoy: RunningEnvoy, jobs: readonly Job[], met: ReadonlyMap<string, Met>) => {
  let lines: ReturnType<typeof linesById> = new Map()
  for (let wait = 0; wait < patience; wait++) {
    await pause(700)
    lines = linesById(envoy.accessLines())
    const lost = jobs.some(({ request }) => {
      const found = met.get(request.id)
      return found !== undefined && logIsLost(request, found, lines.get(request.id) ?? [])
    })
    if (!lost) break
  }
  return lines
}

const verdictOf = ({ request, verdict, nondeterministic }: RecordedCase): object => ({
  id: request.id,
  ...verdict,
  ...(nondeterministic.length === 0 ? {} : { nondeterministic }),
})

export const filesOf = ({ authority, waypoint }: World) => ({
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
    if (seeds.length === 1)
      return { configurations: 0, refused: [`${seeds[0]}: ${error}`], recordings: [], results: [] }
    // One refused configuration spoils the process: play them one by one.
    const each: Played[] = []
    for (const seed of seeds) each.push(await playSeeds(binary, world, [seed], requests))
    return {
      configurations: each.reduce((sum, { configurations }) => sum + configurations, 0),
      refused: each.flatMap(({ refused }) => refused),
      recordings: each.flatMap(({ recordings }) => recordings),
      results: each.flatMap(({ results }) => results),
    }
  }
  try {
    const dump = await envoy.dump()
    const jobs = chosen.flatMap(({ seed, skeleton: { port }, requests }) =>
      requests.map(request => ({ seed, door: { host: '127.0.0.1', port }, request })),
    )
    const met = await playAll(world, jobs)
    const lines = await settledLines(envoy, jobs, met)
    const dumps = new Map(chosen.map(({ seed, skeleton }) => [seed, dumpOf(dump, skeleton.suffix)]))
    const indexes = new Map(
      [...dumps].map(([seed, configDump]) => [seed, indexWaypoint(decodeEnvoy({ configDump }, `seed ${seed}`))]),
    )
    const results = jobs.flatMap(({ seed, request }) => {
      const index = indexes.get(seed)
      const found = met.get(request.id)
      if (index === undefined || found === undefined) return []
      const ownLines = lines.get(request.id) ?? []
      const observedCase = observed(request, found, ownLines)
      if (upstreamRefuses(request, observedCase.verdict)) return []
      const judgement: Judgement = logIsLost(request, found, ownLines)
        ? { kind: 'undetermined', because: 'a line missing in the access log' }
        : judge(index, observedCase, Date.now())
      return [{ seed, request, judgement, verdict: verdictOf(observedCase) }]
    })
    const recordings = [...dumps].map(([seed, config_dump]) => {
      const own = results.filter(result => result.seed === seed)
      return {
        seed,
        config_dump,
        requests: own.map(({ request }) => request),
        verdicts: own.map(({ verdict }) => verdict),
      }
    })
    return { configurations: seeds.length, refused: [], recordings, results }
  } finally {
    await envoy.stop()
  }
}
