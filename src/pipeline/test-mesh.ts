import { dirname, isAbsolute, join } from 'node:path'
import { type Coverage, coverageOf, meet, sumOfCoverage } from '#assertion/coverage.ts'
import { type Golden, goldenChanges, goldenFile, readGolden } from '#assertion/golden.ts'
import { type Proposal, propose } from '#assertion/propose.ts'
import { readSuites } from '#assertion/read.ts'
import type { TestResult } from '#assertion/result.ts'
import { runSuite } from '#assertion/run.ts'
import { workloadOf } from '#assertion/sources.ts'
import type { Suite } from '#assertion/suite.ts'
import { resultKey } from '#assertion/tested.ts'
import type { Finding } from '#check/finding.ts'
import { findingsAlong } from '#check/for-trace.ts'
import { readJson } from '#collect/json-file.ts'
import { readTextFile, readTextFileIfThere } from '#collect/text-file.ts'
import { failuresOfReport } from '#decode/earlier-report.ts'
import { vocabulary } from '#explain/vocabulary.ts'
import type { DecodeIssue } from '#model/issue.ts'
import { type Moment, momentOf } from '#model/moment.ts'
import type { State } from '#model/state.ts'
import { traceRenderers } from '#render/trace/index.ts'
import type { World } from '#trace/world.ts'
import { worldOf } from '#trace/world.ts'
import { HeldMesh } from './held-mesh.ts'
import { holdingsOf } from './read-mesh.ts'
import { wholeMesh } from './wanted.ts'

export interface TestQuestion {
  readonly files: readonly string[]
  /** Files take the place of what the suites name, a cluster does not. */
  readonly state: State
  /** The present: ignored findings end on a day, tokens expire unless the snapshot has its own time. */
  readonly present: Moment
  /** An earlier `test -o json`: what failed there is told as ignored. */
  readonly baseline?: string | undefined
  /** `everything`: also whether what was looked at decided. */
  readonly coverage?: 'usual' | 'everything' | undefined
  /** The golden traces are about to be written. */
  readonly ignoreGolden?: boolean
}

interface TestAnswer {
  readonly results: readonly TestResult[]
  readonly golden: ReadonlyMap<string, readonly Golden[]>
  readonly coverage?: Coverage
  readonly issues: readonly DecodeIssue[]
  /** Snapshots that the answer comes from. */
  readonly read: readonly string[]
}

/** `test`: read the files → collect → decode → model → trace → judge. */
export const testMesh = async (question: TestQuestion): Promise<TestAnswer> => {
  const { files, present, baseline, coverage } = question
  const known = new Set(baseline === undefined ? [] : failuresOfReport(await readJson(baseline), baseline))
  const results: TestResult[] = []
  const written = new Map<string, readonly Golden[]>()
  const used = new Set<HeldMesh>()
  const held = meshes()
  for (const file of files) {
    const golden = question.ignoreGolden === true ? undefined : await goldenOf(file)
    const sections: Golden[] = []
    for (const suite of readSuites(await readTextFile(file), file, vocabulary)) {
      const one = await held(stateOf(question, file, suite))
      const ran = await one.settled(() =>
        runSuite(suite, {
          world: one.world,
          findings: () => one.findings(),
          codesAlong: trace => codesOf(findingsAlong(one.findings(), trace)),
          now: present.at,
          judgedAt: momentOf(present, one.world.mesh.takenAt).at,
          seen: trace => {
            one.see(trace)
            if (coverage !== undefined) meet(trace, one.met)
          },
        }),
      )
      const stable = withoutPlacement(one.world)
      sections.push(...goldenSections(ran, stable))
      results.push(...ran.map(result => afterBaseline(againstGolden(result, golden, stable), known)))
      used.add(one)
    }
    written.set(goldenFile(file), sections)
  }
  return {
    results,
    golden: written,
    ...(coverage !== undefined && { coverage: coverageOfAll([...used], coverage === 'everything') }),
    issues: [...used].flatMap(({ world }) => world.mesh.issues),
    read: [...used].flatMap(({ state }) => (state.kind === 'files' ? state.paths : [])),
  }
}

const codesOf = (findings: readonly Finding[]): readonly string[] => findings.map(({ code }) => code)

/** Reads each mesh once. */
const meshes = (): ((state: State) => Promise<HeldMesh>) => {
  const known = new Map<string, Promise<HeldMesh>>()
  return state => {
    const key = state.kind === 'files' ? state.paths.join('\n') : ''
    const held = known.get(key) ?? holdMesh(state)
    known.set(key, held)
    return held
  }
}

const holdMesh = async (state: State): Promise<HeldMesh> =>
  new HeldMesh(state, await holdingsOf(state, wholeMesh({ rules: true, logs: true })))

/** What the user names, else the snapshot that the suite names, else the cluster. */
const stateOf = ({ state }: TestQuestion, file: string, { capture }: Suite): State =>
  state.kind === 'files' || capture === undefined || capture === 'live'
    ? state
    : { kind: 'files', paths: [isAbsolute(capture) ? capture : join(dirname(file), capture)] }

const coverageOfAll = (all: readonly HeldMesh[], everything: boolean): Coverage =>
  sumOfCoverage(all.map(({ world, met }) => coverageOf(world.mesh, met, everything)))

/** `test init`. */
export const proposeTests = async (state: State, namespaces: readonly string[]): Promise<readonly Proposal[]> =>
  propose(worldOf((await holdingsOf(state, wholeMesh({ rules: false, logs: false }))).mesh()), namespaces)

const goldenOf = async (file: string): Promise<readonly Golden[] | undefined> => {
  const text = await readTextFileIfThere(goldenFile(file))
  return text === undefined ? undefined : readGolden(text)
}

const plain = { colour: false, width: Number.POSITIVE_INFINITY }

const goldenSections = (results: readonly TestResult[], stable: (line: string) => string): readonly Golden[] =>
  results.filter(isGolden).map(result => ({
    title: resultKey(result),
    lines: result.traces.flatMap(trace =>
      [...traceRenderers('minimal').text(trace, plain)]
        .flatMap(text => text.split('\n'))
        .map(line => stable(line).trimEnd())
        .filter(line => line !== ''),
    ),
  }))

/** Workloads instead of pods and no nodes: where the scheduler put something is no change. */
const withoutPlacement = (world: World): ((line: string) => string) => {
  const workloads = new Map(
    world.pods.map(pod => [`${pod.namespace}/${pod.name}`, `${pod.namespace}/${workloadOf(pod)}`]),
  )
  return line =>
    line.replace(/[a-z0-9-]+\/[a-z0-9.-]+/g, name => workloads.get(name) ?? name).replace(/\bztunnel on \S+/, 'ztunnel')
}

/** Invariants follow thousands of requests; what they meet is no text to review. */
const isGolden = ({ traces, tried }: TestResult): boolean => traces.length > 0 && tried <= 50

const againstGolden = (
  result: TestResult,
  golden: readonly Golden[] | undefined,
  stable: (line: string) => string,
): TestResult => {
  if (golden === undefined || result.outcome === 'failed' || !isGolden(result)) return result
  const before = golden.find(({ title }) => title === resultKey(result))?.lines ?? []
  const changes = goldenChanges(before, goldenSections([result], stable)[0]?.lines ?? [])
  if (changes.length === 0) return result
  const says = `the trace is not the golden one: ${changes.join(' | ')}`
  return { ...result, outcome: 'failed', contradicted: [{ code: 'golden', object: '', says }] }
}

const afterBaseline = (result: TestResult, known: ReadonlySet<string>): TestResult => {
  if (result.outcome !== 'failed' || !known.has(resultKey(result))) return result
  const ignored = result.contradicted.map(example => ({ example, reason: 'it failed in the baseline', expires: '' }))
  return { ...result, outcome: 'ignored', contradicted: [], ignored: [...result.ignored, ...ignored] }
}
