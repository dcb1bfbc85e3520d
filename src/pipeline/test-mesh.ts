import { type Coverage, coverageOf } from '#assertion/coverage.ts'
import { type Golden, goldenChanges, readGolden } from '#assertion/golden.ts'
import { type Proposal, propose } from '#assertion/propose.ts'
import { readSuites } from '#assertion/read.ts'
import type { TestResult } from '#assertion/result.ts'
import { runSuite } from '#assertion/run.ts'
import { workloadOf } from '#assertion/sources.ts'
import { resultKey } from '#assertion/tested.ts'
import { runChecks } from '#check/check.ts'
import { checks } from '#check/checks.ts'
import { readJson } from '#collect/json-file.ts'
import { readTextFile, readTextFileIfThere } from '#collect/text-file.ts'
import { failuresOfReport } from '#decode/earlier-report.ts'
import { catalogue } from '#explain/catalogue.ts'
import type { DecodeIssue } from '#model/issue.ts'
import type { State } from '#model/state.ts'
import { traceRenderers } from '#render/trace/index.ts'
import type { World } from '#trace/world.ts'
import { worldOf } from '#trace/world.ts'
import { meshOf } from './read-mesh.ts'
import { wholeMesh } from './wanted.ts'

export interface TestQuestion {
  readonly files: readonly string[]
  readonly state: State
  readonly now: Date
  /** An earlier `test -o json`: what failed there is told as ignored. */
  readonly baseline?: string | undefined
  /** `everything`: also whether policies decided and not only were looked at. */
  readonly coverage?: 'usual' | 'everything' | undefined
  /** The golden traces are about to be written. */
  readonly ignoreGolden?: boolean
}

interface TestAnswer {
  readonly results: readonly TestResult[]
  readonly golden: ReadonlyMap<string, readonly Golden[]>
  readonly coverage?: Coverage
  readonly issues: readonly DecodeIssue[]
}

/** `test`: read the files → collect → decode → model → trace → judge. */
export const testMesh = async (question: TestQuestion): Promise<TestAnswer> => {
  const { files, state, now, baseline, coverage } = question
  const suites = []
  for (const file of files)
    suites.push({
      file,
      suites: readSuites(await readTextFile(file), file, vocabulary),
      golden: question.ignoreGolden === true ? undefined : await goldenOf(file),
    })
  const mesh = await meshOf(state, wholeMesh)
  const world = worldOf(mesh)
  const findings = once(() => runChecks(world, checks))
  const known =
    baseline === undefined ? new Set<string>() : new Set(failuresOfReport(await readJson(baseline), baseline))
  const stable = withoutPlacement(world)
  const ran = suites.map(({ file, suites: own, golden }) => {
    const results = own.flatMap(suite => runSuite(suite, { world, findings, now }))
    return { file, results, written: goldenSections(results, stable), golden }
  })
  const results = ran.flatMap(one =>
    one.results.map(result => afterBaseline(againstGolden(result, one.golden, stable), known)),
  )
  return {
    results,
    golden: new Map(ran.map(({ file, written }) => [goldenFile(file), written])),
    ...(coverage !== undefined && {
      coverage: coverageOf(
        mesh,
        results.flatMap(({ traces }) => traces),
        coverage === 'everything',
      ),
    }),
    issues: mesh.issues,
  }
}

/** `test init`. */
export const proposeTests = async (state: State, namespaces: readonly string[]): Promise<readonly Proposal[]> =>
  propose(worldOf(await meshOf(state, wholeMesh)), namespaces)

/** The golden traces of an assertion file stand beside it. */
const goldenFile = (file: string): string => `${file}.golden`

const vocabulary = {
  codes: catalogue.filter(({ kind }) => kind === 'rejection').map(({ code }) => code),
  findings: catalogue.filter(({ kind }) => kind === 'finding').map(({ code }) => code),
}

const goldenOf = async (file: string): Promise<readonly Golden[] | undefined> => {
  const text = await readTextFileIfThere(goldenFile(file))
  return text === undefined ? undefined : readGolden(text)
}

const plain = { colour: false, width: Number.POSITIVE_INFINITY, now: new Date(0) }

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

const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
