import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { decodeEnvoy } from '#decode/envoy/dump.ts'
import { indexWaypoint, type WaypointIndex } from '#waypoint/lookup.ts'
import type { Disagreement, Suite, Tally } from '../suite.ts'
import { judge, type Supposed } from './judge.ts'
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
  const supposed: Record<Supposed, number> = { holds: 0, answered: 0, changed: 0 }
  const differing = new Map<string, number>()
  for (const { index, cases } of recordings)
    for (const recorded of cases) {
      const judgement = judge(index, recorded, recordedAt)
      counts[judgement.kind]++
      if (judgement.kind === 'disagreed') {
        const { fields } = judgement
        differing.set(fields, (differing.get(fields) ?? 0) + 1)
        disagree(judgement.disagreement)
      }
      if (judgement.kind === 'undetermined') {
        because.set(judgement.because, (because.get(judgement.because) ?? 0) + 1)
        if (judgement.supposed !== undefined) supposed[judgement.supposed]++
      }
    }
  const notes = [...because].map(([what, count]) => `undetermined by ${what}: ${count}`)
  const provided =
    because.size === 0
      ? []
      : [
          `what was said of these, should it pass: ${supposed.holds} hold, ${supposed.answered} it answered itself, ${supposed.changed} it changed`,
        ]
  const wrong = [...differing].sort(([, a], [, b]) => b - a).map(([fields, count]) => `differs in ${fields}: ${count}`)
  return {
    engine,
    folder,
    ...counts,
    total: counts.agreed + counts.disagreed + counts.undetermined,
    notes: [...notes, ...provided, ...wrong],
  }
}

interface VerdictLine {
  readonly request: RecordedRequest
  readonly verdict: RecordedVerdict
  readonly kind: 'single' | 'distribution'
  readonly distribution?: RecordedCase['distribution']
  readonly nondeterministic?: unknown
}

/** A log line that did not come in time lacks all of its fields. */
const withFlags = (fields: readonly string[]): readonly string[] =>
  fields.includes('internal_details') ? [...fields, 'internal_flags'] : fields

const fieldsOf = (nondeterministic: unknown): readonly string[] => {
  if (Array.isArray(nondeterministic)) return nondeterministic.filter(field => typeof field === 'string')
  return typeof nondeterministic === 'object' && nondeterministic !== null
    ? withFlags(Object.keys(nondeterministic))
    : []
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

/** Told by what a folder holds, so that recordings are found wherever they are copied to. */
const isScenario = (folder: string): boolean => verdictFile(folder) !== undefined && dumpFile(folder) !== undefined

const isRelease = (folder: string): boolean => /^\d+\.\d+/.test(basename(folder))

const below = (root: string, depth: number): readonly string[] =>
  depth === 0 ? [root] : [root, ...foldersOf(root).flatMap(folder => below(folder, depth - 1))]

const isOfEra = (scenario: string): boolean => isRelease(dirname(resolve(scenario)))

/** The scenarios of a folder that `find` named: its own, those in it, or those of its releases. */
const scenariosOf = (folder: string): readonly string[] => below(folder, 2).filter(isScenario)

/** Scenarios of one set lie side by side; a set of releases lies one folder higher. */
const sets = (root: string, ofEras: boolean): readonly string[] => {
  const found = below(root, 3)
    .filter(folder => isScenario(folder) && isOfEra(folder) === ofEras)
    .map(scenario =>
      scenario === root ? root : ofEras && dirname(scenario) !== root ? dirname(dirname(scenario)) : dirname(scenario),
    )
  return [...new Set(found)].sort()
}

function* scenariosIn(folders: readonly string[]): Generator<Recording> {
  for (const folder of folders) {
    const recording = readScenario(folder)
    if (recording !== undefined) yield recording
  }
}

interface VersionDiff {
  readonly config: string
  readonly id: string
  readonly envoy: string
  readonly differs: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** The same recording on another Envoy: what came out otherwise there, all else equal. */
const onVersion = (scenario: Recording, version: string, diffs: ReadonlyMap<string, VersionDiff>): Recording => {
  const { dump } = scenario.index
  const server = { text: version, minor: Number(version.split('.')[1]), from: 'user_agent_build_version' as const }
  const cases = scenario.cases
    .filter(({ distribution }) => distribution === undefined)
    .map(recorded => {
      const diff = diffs.get(`${recorded.request.id} ${version}`)
      if (diff === undefined) return withoutUnlisted(recorded)
      const changed = Object.entries(diff.differs).map(
        ([field, values]) => [field, values[version] ?? undefined] as const,
      )
      const verdict = { ...recorded.verdict, ...Object.fromEntries(changed) }
      return { ...recorded, where: `${recorded.where}@${version}`, verdict, nondeterministic: notKept }
    })
  return { index: indexWaypoint({ ...dump, server }), cases }
}

/** Fields that follow from those that differ, and that the list of differences does not give. */
const notKept = [
  'vhost_index',
  'route_index',
  'upstream_host',
  'endpoint',
  'upstream_method',
  'upstream_protocol',
  'tunnel',
  'rbac_metadata',
]

/**
 * What other releases say differently although the list of differences has nothing of it: those before 1.38.1 more in the
 * body after a refused connection, those of oghttp2 why an extended CONNECT is not taken.
 */
const notListed = ({ verdict, request }: RecordedCase): readonly string[] => {
  if (`${verdict.details}`.startsWith('upstream_reset')) return ['body']
  return request.headers?.some(([name]) => name === ':protocol') === true ? ['details'] : []
}

const withoutUnlisted = (recorded: RecordedCase): RecordedCase => ({
  ...recorded,
  nondeterministic: [...recorded.nondeterministic, ...notListed(recorded)],
})

const otherVersions = ['1.38.3', '1.36.4']

function* scenariosOnAllVersions(folder: string): Generator<Recording> {
  const file = join(folder, 'version-diffs.jsonl')
  if (!existsSync(file)) {
    yield* scenariosIn(scenariosOf(folder))
    return
  }
  const diffs = new Map((readLines(file) as readonly VersionDiff[]).map(diff => [`${diff.id} ${diff.envoy}`, diff]))
  for (const scenario of scenariosIn(scenariosOf(folder))) {
    yield scenario
    for (const version of otherVersions) yield onVersion(scenario, version, diffs)
  }
}

export const waypointSuite: Suite = {
  engine: 'waypoint',
  find: root => sets(root, false),
  replay: async (folder, disagree) => tallyOf('waypoint', folder, scenariosOnAllVersions(folder), disagree),
}

export const waypointErasSuite: Suite = {
  engine: 'waypoint-eras',
  find: root => sets(root, true),
  replay: async (folder, disagree) => {
    return tallyOf('waypoint-eras', folder, scenariosIn(scenariosOf(folder)), disagree)
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

/** A shard of ztunnel decisions is a list; a file of random Envoy configurations is one object. */
const fuzzFiles = (folder: string): readonly string[] => {
  const packed = readdirSync(folder)
    .filter(name => name.endsWith('.json.gz'))
    .sort()
    .map(name => join(folder, name))
  const [first] = packed
  return first !== undefined && holdsFuzz(readJson(first)) ? packed : []
}

const holdsFuzz = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'config_dump' in value && 'verdicts' in value && 'requests' in value

function* fuzzIn(folder: string): Generator<Recording> {
  for (const file of fuzzFiles(folder)) yield readFuzz(file)
}

export const envoyFuzzSuite: Suite = {
  engine: 'envoy-fuzz',
  find: root => below(root, 2).filter(folder => fuzzFiles(folder).length > 0),
  replay: async (folder, disagree) => tallyOf('envoy-fuzz', folder, fuzzIn(folder), disagree),
}
