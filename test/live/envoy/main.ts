import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Recording } from './play.ts'
import { runLive } from './run.ts'

/** `node tools/run.mjs test/live/envoy/main.ts [--binary=PATH] [--seed=N] [--seconds=N] [--configurations=N] [--requests=N] [--keep=FOLDER [--keep-all]]` */
const argument = (name: string): string | undefined =>
  process.argv.find(text => text.startsWith(`--${name}=`))?.slice(name.length + 3)
const number = (name: string, fallback: number): number => Number(argument(name) ?? fallback)

const binary = argument('binary') ?? process.env.AMBIENTCTL_TEST_ENVOY?.split(':').at(-1)
if (binary === undefined) throw new Error('no Envoy: give --binary=PATH or set AMBIENTCTL_TEST_ENVOY')

/** Configurations that disagreed, or all, as recordings that `npm run fidelity` replays. */
const folder = argument('keep')
const keepsAll = process.argv.includes('--keep-all')
const keep = (into: string) => (recording: Recording, disagreed: boolean) => {
  if (!disagreed && !keepsAll) return
  mkdirSync(into, { recursive: true })
  writeFileSync(join(into, `${recording.seed}.json.gz`), gzipSync(JSON.stringify(recording)))
}

const { disagreed, refused } = await runLive({
  binary,
  seed: number('seed', Math.floor(Math.random() * 1_000_000_000)),
  seconds: number('seconds', 180),
  configurations: number('configurations', Number.POSITIVE_INFINITY),
  requests: number('requests', 20),
  ...(folder === undefined ? {} : { record: keep(folder) }),
  say: line => process.stdout.write(`${line}\n`),
})
process.exit(disagreed + refused > 0 ? 1 : 0)
