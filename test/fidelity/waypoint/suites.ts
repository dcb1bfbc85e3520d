import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { decodeEnvoy } from '#decode/envoy/dump.ts'
import { indexWaypoint, type WaypointIndex } from '#waypoint/lookup.ts'
import type { Disagreement, Suite, Tally } from '../suite.ts'
import { judge } from './judge.ts'
import type { RecordedCase, RecordedRequest, RecordedVerdict } from './recorded.ts'

const readJson = (file: string): unknown => {
  const bytes = readFileSync(file)
  return JSON.parse((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString())
}

const readLines = (file: string): readonly unknown[] =>
  (file.endsWith('.gz') ? gunzipSync(readFileSync(file)) : readFileSync(file))
    .toString()
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as unknown)

interface Recording {
  readonly index: WaypointIndex
  readonly cases: readonly RecordedCase[]
}

/** Time at which the recordings were made: tokens in them are judged against it. */
const recordedAt = Date.UTC(2026, 10, 23, 19)

const tallyOf = (
  engine: string,
  folder: string,
  recordings: Iterable<Recording>,
  disagree: (found: Disagreement) => void,
): Tally => {
  const counts = { agreed: 0, disagreed: 0, undetermined: 0 }
  const because = new Map<string, number>()
  const differing = new Map<string, number>()
  for (const { index, cases } of recordings)
    for (const recorded of cases) {
      const judgement = judge(index, recorded, recordedAt)
      counts[judgement.kind]++
      if (judgement.kind === 'disagreed') {
        const fields = judgement.disagreement.where.replace(/^\S+ /, '').replace(/ \(of.*$/s, '')
        differing.set(fields, (differing.get(fields) ?? 0) + 1)
        disagree(judgement.disagreement)
      }
      if (judgement.kind === 'undetermined') because.set(judgement.because, (because.get(judgement.because) ?? 0) + 1)
    }
  const notes = [...because].map(([what, count]) => `undetermined by ${what}: ${count}`)
  const wrong = [...differing].sort(([, a], [, b]) => b - a).map(([fields, count]) => `differs in ${fields}: ${count}`)
  return {
    engine,
    folder,
    ...counts,
    total: counts.agreed + counts.disagreed + counts.undetermined,
    notes: [...notes, ...wrong],
  }
}

interface VerdictLine {
  readonly request: RecordedRequest
  readonly verdict: RecordedVerdict
  readonly kind: 'single' | 'distribution'
  readonly distribution?: RecordedCase['distribution']
  readonly nondeterministic?: unknown
}

const fieldsOf = (nondeterministic: unknown): readonly string[] => {
  if (Array.isArray(nondeterministic)) return nondeterministic.filter(field => typeof field === 'string')
  return typeof nondeterministic === 'object' && nondeterministic !== null ? Object.keys(nondeterministic) : []
}

const caseOf = (scenario: string, line: VerdictLine): RecordedCase => ({
  where: `${scenario}/${line.request.id}`,
  request: line.request,
  verdict: line.verdict,
  ...(line.distribution === undefined ? {} : { distribution: line.distribution }),
  nondeterministic: fieldsOf(line.nondeterministic ?? line.verdict.nondeterministic),
})

const verdictFile = (folder: string): string | undefined =>
  ['verdicts.jsonl', 'verdicts.jsonl.gz'].map(name => join(folder, name)).find(existsSync)
const dumpFile = (folder: string): string | undefined =>
  ['config_dump.json', 'config_dump.json.gz'].map(name => join(folder, name)).find(existsSync)

const readScenario = (folder: string): Recording | undefined => {
  const verdicts = verdictFile(folder)
  const dump = dumpFile(folder)
  if (verdicts === undefined || dump === undefined) return undefined
  return {
    index: indexWaypoint(decodeEnvoy({ configDump: readJson(dump) }, dump)),
    cases: (readLines(verdicts) as readonly VerdictLine[]).map(line => caseOf(basename(folder), line)),
  }
}

const foldersOf = (folder: string): readonly string[] =>
  existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true })
        .filter(entry => entry.isDirectory())
        .map(entry => join(folder, entry.name))
        .sort()
    : []

const named = (root: string, name: string): readonly string[] => {
  const inside = join(root, name)
  if (existsSync(inside)) return [inside]
  return basename(root) === name ? [root] : []
}

function* scenariosIn(folders: readonly string[]): Generator<Recording> {
  for (const folder of folders) {
    const recording = readScenario(folder)
    if (recording !== undefined) yield recording
  }
}

export const waypointSuite: Suite = {
  engine: 'waypoint',
  find: root => named(root, 'waypoint-1.30'),
  replay: async (folder, disagree) => tallyOf('waypoint', folder, scenariosIn(foldersOf(folder)), disagree),
}

export const waypointErasSuite: Suite = {
  engine: 'waypoint-eras',
  find: root => named(root, 'waypoint-eras'),
  replay: async (folder, disagree) => {
    const scenarios = foldersOf(folder).flatMap(foldersOf)
    return tallyOf('waypoint-eras', folder, scenariosIn(scenarios), disagree)
  },
}

interface FuzzFile {
  readonly config_dump: unknown
  readonly requests: readonly RecordedRequest[]
  readonly verdicts: readonly (RecordedVerdict & {
    readonly id: string
    readonly nondeterministic?: readonly string[]
  })[]
}

const readFuzz = (file: string): Recording => {
  const { config_dump, requests, verdicts } = readJson(file) as FuzzFile
  const byId = new Map(requests.map(request => [request.id, request]))
  return {
    index: indexWaypoint(decodeEnvoy({ configDump: config_dump }, file)),
    cases: verdicts.flatMap(verdict => {
      const request = byId.get(verdict.id)
      const where = `${basename(file, '.json.gz')}/${verdict.id}`
      return request === undefined
        ? []
        : [{ where, request, verdict, nondeterministic: fieldsOf(verdict.nondeterministic) }]
    }),
  }
}

function* fuzzIn(folder: string): Generator<Recording> {
  for (const name of readdirSync(folder).sort()) if (name.endsWith('.json.gz')) yield readFuzz(join(folder, name))
}

export const envoyFuzzSuite: Suite = {
  engine: 'envoy-fuzz',
  find: root => named(root, 'envoy-fuzz'),
  replay: async (folder, disagree) => tallyOf('envoy-fuzz', folder, fuzzIn(folder), disagree),
}
