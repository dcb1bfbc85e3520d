import { decodeEnvoy } from '#decode/envoy/dump.ts'
import { indexWaypoint } from '#waypoint/lookup.ts'
import { type Judgement, judge } from '../../fidelity/waypoint/judge.ts'
import type { RecordedCase, RecordedRequest, RecordedVerdict } from '../../fidelity/waypoint/recorded.ts'
import { Random } from '../../support/random.ts'
import { RunningEnvoy } from '../envoy/binary.ts'
import { logIsLost, observed, upstreamRefuses } from '../envoy/observe.ts'
import { filesOf, playAll, settledLines, type World } from '../envoy/play.ts'
import { runnable } from './runnable.ts'
import type { Scenario } from './scenario.ts'
import { variantOf } from './variants.ts'
import { wordsOf } from './words.ts'
import { openWorld } from './world.ts'

export interface Options {
  readonly binary: string
  readonly seed: number
  /** How many new requests; 0 plays the recorded ones. */
  readonly requests: number
}

export interface Outcome {
  readonly request: RecordedRequest
  readonly verdict: RecordedVerdict
  readonly judgement: Judgement
}

const toldByEcho = [
  'endpoint',
  'tunnel',
  'upstream_method',
  'upstream_path',
  'upstream_host_header',
  'upstream_protocol',
  'upstream_headers',
]

/** A route may take out the header in which the upstream tells what it saw. */
const withoutEcho = (recorded: RecordedCase): RecordedCase =>
  recorded.verdict.details === 'via_upstream' && recorded.verdict.endpoint === undefined
    ? { ...recorded, nondeterministic: [...recorded.nondeterministic, ...toldByEcho] }
    : recorded

/** Circuit breakers count what the other clients of the run do at the same time. */
const isOfOthers = ({ verdict }: RecordedCase): boolean => verdict.flags === 'UO'

const playIn = async (world: World, envoy: RunningEnvoy, host: string, requests: readonly RecordedRequest[]) => {
  const jobs = requests.map(request => ({ door: { host, port: 15008 }, request }))
  const met = await playAll(world, jobs)
  const lines = await settledLines(envoy, jobs, met)
  return requests.flatMap(request => {
    const found = met.get(request.id)
    const own = lines.get(request.id) ?? []
    if (found === undefined || logIsLost(request, found, own)) return []
    const recorded = withoutEcho(observed(request, found, own))
    return upstreamRefuses(request, recorded.verdict) || isOfOthers(recorded) ? [] : [recorded]
  })
}

const requestsFor = (scenario: Scenario, { seed, requests }: Options): readonly RecordedRequest[] => {
  if (requests === 0) return scenario.requests
  const random = new Random(seed)
  const words = wordsOf(scenario.run.configs, scenario.requests)
  return Array.from({ length: requests }, (_, at) => variantOf(scenario.requests, words, random, `${seed}-${at}`))
}

/** Plays requests on a real Envoy that runs a recorded configuration, and holds them against what that waypoint shows. */
export const playScenario = async (scenario: Scenario, options: Options): Promise<readonly Outcome[]> => {
  const requests = requestsFor(scenario, options)
  const { configuration, files, address } = runnable(scenario.run)
  const { world, close } = await openWorld(scenario.run, requests, address)
  try {
    const envoy = await RunningEnvoy.start(options.binary, configuration, { ...filesOf(world), ...files })
    try {
      const { server } = decodeEnvoy({ configDump: await envoy.dump() }, scenario.name)
      const index = indexWaypoint({ ...decodeEnvoy({ configDump: scenario.shown }, scenario.name), server })
      const recorded = await playIn(world, envoy, address, requests)
      return recorded.map(each => ({
        request: each.request,
        verdict: each.verdict,
        judgement: judge(index, each, Date.now()),
      }))
    } finally {
      await envoy.stop()
    }
  } finally {
    close()
  }
}
