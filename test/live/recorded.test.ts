import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { toleratedOf } from '../support/fresh-seeds.ts'
import { Random } from '../support/random.ts'

/** Paths of Envoy binaries, separated by colons; `.ci/run` installs two releases and sets it. */
const binaries = (process.env.AMBIENTCTL_TEST_ENVOY ?? '').split(':').filter(path => path !== '')
const isRoot = process.getuid?.() === 0

if (binaries.length === 0 || !isRoot)
  console.warn(
    'skipped: new requests to recorded waypoints need AMBIENTCTL_TEST_ENVOY and root, for a network of their own',
  )

const recorded = 'fixtures/recorded/waypoint-1.30'
/** Names that only a resolver knows, and filters that are opaque by nature. */
const undecided = /^(24|27|28|42)-/
const freshSeed = Math.floor(Math.random() * 1_000_000_000)
const configurations = 4

describe.skipIf(binaries.length === 0 || !isRoot)('recorded waypoints in a real Envoy', () => {
  it.each(binaries)(
    'answer new requests as predicted: %s',
    binary => {
      const random = new Random(freshSeed)
      const folders = readdirSync(recorded, { withFileTypes: true })
        .filter(entry => entry.isDirectory() && !undecided.test(entry.name))
        .map(({ name }) => join(recorded, name))
      const chosen = Array.from({ length: configurations }, () => random.pick(folders))
      const { stdout, stderr } = spawnSync(
        process.execPath,
        [
          'tools/run.mjs',
          'test/live/recorded/main.ts',
          `--binary=${binary}`,
          `--seed=${freshSeed}`,
          '--requests=60',
          ...chosen,
        ],
        { encoding: 'utf8', timeout: 150_000 },
      )
      const tally = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { agreed: number; disagreed: number }
      console.info(stdout)
      expect(tally.disagreed, `${stdout}${stderr}`).toBeLessThanOrEqual(toleratedOf(tally.agreed))
      expect(tally.agreed).toBeGreaterThan(0)
    },
    180_000,
  )
})
