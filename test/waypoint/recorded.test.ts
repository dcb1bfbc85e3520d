import { describe, expect, it } from 'vitest'
import type { Disagreement, Tally } from '../fidelity/suite.ts'
import { envoyFuzzSuite, waypointErasSuite, waypointSuite } from '../fidelity/waypoint/suites.ts'

const replay = async (suite: typeof waypointSuite) => {
  const disagreements: Disagreement[] = []
  const tallies: Tally[] = []
  for (const folder of suite.find('fixtures/recorded'))
    tallies.push(...[await suite.replay(folder, found => disagreements.push(found))].flat())
  return { tally: tallies[0], disagreements }
}

/** Filters and facts that no dump tells: their answer is not Envoy's own. */
const opaque =
  /^ {0,4}undetermined by (envoy\.filters\.http\.ext_authz|my\.lua|extensions\.istio\.io\/trafficextension\/\S+|DNS answer for \S+)(,|:)/

/** How what was said under "if it lets the request pass" came out. */
const supposed = /^what was said of these, should it pass: (\d+) hold, (\d+) it answered itself, (\d+) it changed$/m

describe('recorded verdicts of real Envoys', () => {
  it('agrees with every waypoint of Istio 1.30, on three Envoy releases', async () => {
    const { tally, disagreements } = await replay(waypointSuite)
    expect(disagreements).toEqual([])
    expect(tally?.agreed).toBeGreaterThan(5_900)
    for (const note of tally?.notes ?? []) expect(note).toMatch(new RegExp(`${opaque.source}|${supposed.source}`))
    const [, holds, answered, changed] = supposed.exec(tally?.notes?.join('\n') ?? '')?.map(Number) ?? []
    expect(holds).toBeGreaterThanOrEqual(501)
    // A Lua script that sets another path, and a bucket that is empty.
    expect(changed).toBeLessThanOrEqual(15)
    expect([holds, answered, changed].reduce((sum = 0, part = 0) => sum + part)).toBe(tally?.undetermined)
  }, 60_000)

  it('agrees with random configurations and with the probes of every vector', async () => {
    const { tally, disagreements } = await replay(envoyFuzzSuite)
    expect(disagreements).toEqual([])
    expect(tally?.undetermined).toBe(0)
    expect(tally?.agreed).toBeGreaterThan(3_800)
  }, 60_000)

  it('agrees with the waypoints of six releases since 1.18', async () => {
    const { tally, disagreements } = await replay(waypointErasSuite)
    expect(disagreements).toEqual([])
    expect(tally?.undetermined).toBe(0)
    expect(tally?.agreed).toBeGreaterThan(1_200)
  }, 60_000)
})
