import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { decodeEnvoy, isEnvoyConfigDump } from '#decode/envoy/dump.ts'
import { chainRows } from '#dump/waypoint/chains.ts'
import { filterRows } from '#dump/waypoint/filters.ts'
import { policyRows } from '#dump/waypoint/policies.ts'
import { routeRows } from '#dump/waypoint/routes.ts'
import { shownSection } from '#dump/waypoint/without-secrets.ts'
import type { EnvoyDump } from '#model/envoy.ts'
import { waypointRenderers } from '#render/dump/waypoint/index.ts'
import type { Suite } from './suite.ts'

type Json = Readonly<Record<string, unknown>>
type Difference = readonly [recorded: string, predicted: string]

/**
 * Recorded dumps of Envoys; one agrees when all of it is read without an issue, nothing in it is unknown to the tables,
 * `-o json` gives it back whole, and the tables are those of istioctl where its output was recorded too.
 */
export const waypointDecode: Suite = {
  engine: 'waypoint-decode',

  find: root => [...new Set([...walk(root, 0)].filter(isDumpName).map(file => groupOf(root, file)))].sort(),

  async replay(folder, disagree) {
    let [agreed, total] = [0, 0]
    for (const file of [...walk(folder, 0)].filter(isDumpName)) {
      const dump = dumpIn(file)
      if (dump === undefined) continue
      total++
      const differences = compare(dump, file)
      if (differences.length === 0) agreed++
      for (const [recorded, predicted] of differences) disagree({ where: file, recorded, predicted })
    }
    return { engine: 'waypoint-decode', folder, agreed, disagreed: total - agreed, undetermined: 0, total }
  },
}

function* walk(folder: string, depth: number): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory() && depth < 5) yield* walk(path, depth + 1)
    else if (entry.isFile()) yield path
  }
}

/** Random configurations carry theirs as a member. */
const isRandom = (file: string): boolean =>
  /^(\d{5}|spec-probes-[\d.]+)\.json\.gz$/.test(basename(file)) && basename(dirname(file)) === 'envoy-fuzz'

const isDumpName = (file: string): boolean =>
  isRandom(file) || (/config_dump(\.live)?\.json(\.gz)?$/.test(basename(file)) && !file.includes('ztunnel'))

/** Recordings of one set are told together. */
const groupOf = (root: string, file: string): string => {
  const below = relative(root, file).split('/')
  return below.length < 3 ? dirname(file) : join(root, below[0] ?? '')
}

const dumpIn = (file: string): Json | undefined => {
  const bytes = readFileSync(file)
  const parsed = JSON.parse((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')) as Json
  const dump = isRandom(file) ? (parsed.config_dump as Json) : parsed
  return isEnvoyConfigDump(dump) ? dump : undefined
}

const compare = (recorded: Json, file: string): readonly Difference[] => {
  const dump = decodeEnvoy({ configDump: recorded }, file)
  return [
    ...dump.issues.map(issue => ['no issue', `${issue.at}: expected ${issue.expected}, found ${issue.found}`] as const),
    ...dump.other
      .filter(section => Object.keys(section).length > 1)
      .map(section => ['every section read', String(section['@type'])] as const),
    ...unknowns(dump).map(text => ['nothing unknown', text] as const),
    ...lost(recorded, dump),
    ...againstIstioctl(dump, file),
  ]
}

/** Words that the tables use for what they do not know. */
const unknowns = (dump: EnvoyDump): readonly string[] => [
  ...filterRows(dump)
    .filter(({ does }) => does.startsWith('unknown to') || does.includes('is not in the dump'))
    .map(({ chain, order, does }) => `filter ${order} of ${chain}: ${does}`),
  ...chainRows(dump)
    .filter(({ reason }) => reason.includes('does not know'))
    .map(({ listener, reason }) => `${listener}: ${reason}`),
  ...policyRows(dump)
    .flatMap(({ policy, who, what }) => [`${policy}: ${who}`, `${policy}: ${what}`])
    .filter(text => text.includes('unknown matcher')),
  ...routeRows(dump)
    .flatMap(({ conditions, action, overrides }) => [conditions, action, overrides])
    .filter(text => /unknown (condition|action|to)/.test(text)),
]

const look = { colour: false, width: Number.POSITIVE_INFINITY }
const asOf = new Date('2026-11-24T00:00:00Z')
const view = (dump: EnvoyDump) =>
  ({ table: 'all', proxies: [dump], provenance: [], wish: {}, choice: {}, asOf, present: asOf }) as const

const lost = (recorded: Json, dump: EnvoyDump): readonly Difference[] => {
  const given = JSON.parse([...waypointRenderers.json(view(dump))].join('\n')) as Json
  const expected = (recorded.configs as readonly Json[]).map(shownSection)
  return isDeepStrictEqual(given.configs, expected) ? [] : [['the dump given back whole', 'something is lost']]
}

const againstIstioctl = (dump: EnvoyDump, file: string): readonly Difference[] => {
  const name = /([^/]+)\.envoy-config_dump\.json$/.exec(file)?.[1]
  const output = join(dirname(file), '..', 'istioctl', `pc-all-${name}.txt`)
  if (name === undefined || !existsSync(output)) return []
  const expected = readFileSync(output, 'utf8').trimEnd().split('\n')
  const found = [...waypointRenderers.text(view(dump), look)]
  return expected.flatMap((line, index) =>
    line === (found[index]?.trimEnd() ?? '') || line === found[index]
      ? []
      : [[line, found[index] ?? 'nothing'] as const],
  )
}
