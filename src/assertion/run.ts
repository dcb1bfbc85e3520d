import { type Severity, severities } from '#model/severity.ts'
import { follow } from '#trace/follow.ts'
import { placeOf } from '#trace/source.ts'
import type { Trace } from '#trace/trace.ts'
import { outcomeOf, verdictsOf } from '#trace/trace.ts'
import type { World } from '#trace/world.ts'
import { objectKey, sortOut } from './ignore.ts'
import { invariants } from './invariants/index.ts'
import type { Scope } from './invariants/scope.ts'
import { type Judged, judge } from './judge.ts'
import { unknownClient, unknownDestination, unknownReferences } from './references.ts'
import type { CounterExample, TestOutcome, TestResult, Tried } from './result.ts'
import { sourcesOf } from './sources.ts'
import type { Assertion, FindingAssertion, InvariantAssertion, RequestAssertion, Suite } from './suite.ts'
import { lacksOf, requestText, waysOf } from './ways.ts'

/** What `check` found, as far as an assertion asks for it. */
export interface Reported {
  readonly code: string
  readonly severity: Severity
  readonly says: string
  readonly objects: readonly { readonly kind: string; readonly namespace?: string; readonly name: string }[]
}

export interface Setting {
  readonly world: World
  readonly findings: () => readonly Reported[]
  /** The codes of those that concern what a request meets. */
  readonly codesAlong: (trace: Trace) => readonly string[]
  /** The day until which findings are ignored. */
  readonly now: Date
  /** When tokens have expired. */
  readonly judgedAt: Date
  /** Sees every request that is followed. */
  readonly seen: (trace: Trace) => void
}

/** Every assertion of a suite, in its order. */
export const runSuite = (suite: Suite, setting: Setting): readonly TestResult[] =>
  suite.tests.map(test => resultOf(suite, test, tryOut(test, setting), setting.now))

const tryOut = ({ asks }: Assertion, setting: Setting): Tried => {
  const unknown = unknownReferences(setting.world, asks)
  if (unknown.length > 0) return nothing(unknown)
  try {
    return hold(asks, setting)
  } catch (error) {
    return nothing([unknownClient(error)])
  }
}

const nothing = (contradicted: readonly CounterExample[]): Tried => ({
  tried: 0,
  contradicted,
  open: [],
  notes: [],
  traces: [],
})

const hold = (asks: Assertion['asks'], setting: Setting): Tried => {
  const { world, findings } = setting
  switch (asks.kind) {
    case 'request':
      return tryRequest(setting, asks)
    case 'findings':
      return tryFindings(asks, findings())
    case 'invariant':
      return together(
        asks.invariants.map(({ name, namespace }) => invariants[name](world, scopeOf(setting, asks, namespace))),
      )
  }
}

const scopeOf = ({ world, seen }: Setting, { from }: InvariantAssertion, namespace: string | undefined): Scope => ({
  seen,
  ...(namespace !== undefined && { namespace }),
  ...(from !== undefined && { sources: sourcesOf(world, from) }),
})

const together = (all: readonly Tried[]): Tried => ({
  tried: all.reduce((sum, { tried }) => sum + tried, 0),
  contradicted: all.flatMap(({ contradicted }) => contradicted),
  open: all.flatMap(({ open }) => open),
  notes: all.flatMap(({ notes }) => notes),
  traces: all.flatMap(({ traces }) => traces),
})

const tryRequest = ({ world, codesAlong, judgedAt, seen }: Setting, asks: RequestAssertion): Tried => {
  const { from, request, expect } = asks
  const all = sourcesOf(world, from.selector).map(source => {
    const trace = follow(world, source, request, { now: judgedAt.getTime() })
    seen(trace)
    const judged = judge(world, trace, expect, codesAlong)
    const [rejection] = verdictsOf(trace).flatMap(verdict => (verdict.kind === 'rejected' ? [verdict.code] : []))
    const example = { code: rejection ?? outcomeOf(trace), object: placeOf(source).name, trace }
    const told = (parts: readonly Judged[]) => ({
      ...example,
      says: `${requestText(trace)}: ${[...new Set(parts.map(partText))].join('; ')}${lackText(trace, parts)}`,
    })
    const broken = judged.filter(({ holds }) => holds === 'no')
    const open = judged.filter(({ holds }) => holds === 'unknown')
    return { trace, broken, open, judged, told }
  })
  const traces = all.map(({ trace }) => trace)
  const tried = all.length
  const unknown = unknownDestination(world, traces, asks)
  if (unknown !== undefined) return { tried, traces, notes: [], ...unknown }
  const holding = all.filter(({ broken, open }) => broken.length + open.length === 0)
  const failing = all.filter(({ broken }) => broken.length > 0)
  const unsure = all.filter(({ broken, open }) => broken.length === 0 && open.length > 0)
  const none = { tried, traces, contradicted: [], open: [], notes: [] }
  if (tried === 0)
    return { ...none, contradicted: [{ code: 'no-source', object: '', says: 'the selector matches no workload' }] }
  if (from.quantifier === 'any') {
    if (holding.length > 0) return none
    return unsure.length > 0
      ? { ...none, open: unsure.map(({ open, told }) => told(open)) }
      : { ...none, contradicted: failing.map(({ broken, told }) => told(broken)) }
  }
  if (from.quantifier === 'none')
    return {
      ...none,
      contradicted: holding.map(({ judged, told }) => told(judged)),
      open: unsure.map(({ open, told }) => told(open)),
    }
  return {
    ...none,
    contradicted: failing.map(({ broken, told }) => told(broken)),
    open: unsure.map(({ open, told }) => told(open)),
  }
}

const lackText = (trace: Trace, parts: readonly Judged[]): string => {
  const lacks = parts.every(({ holds }) => holds === 'unknown') ? lacksOf(waysOf(trace)) : ''
  return lacks === '' ? '' : ` (lacks ${lacks})`
}

const partText = ({ part, holds, expected, actual }: Judged): string =>
  holds === 'yes'
    ? `${part} is ${actual}`
    : holds === 'no'
      ? `${part} is ${actual}, not ${expected}`
      : `${part} is not known to be ${expected}`

const tryFindings = ({ none }: FindingAssertion, findings: readonly Reported[]): Tried => {
  const unwanted = findings.filter(({ code, severity }) =>
    typeof none === 'string' ? severities.indexOf(severity) <= severities.indexOf(none) : none.includes(code),
  )
  return {
    tried: findings.length,
    contradicted: unwanted.map(({ code, says, objects: [object, ...others] }) => ({
      code,
      object: object === undefined ? '' : objectKey(object),
      others: others.map(objectKey),
      says: `${code}: ${says}`,
    })),
    open: [],
    notes: [],
    traces: [],
  }
}

const resultOf = (suite: Suite, { name, place, severity }: Assertion, tried: Tried, now: Date): TestResult => {
  const { kept, ignored, expired } = sortOut(
    tried.contradicted,
    suite.ignore,
    now,
    ({ code, object, others = [] }) => ({
      test: name,
      code,
      objects: [object, ...others],
    }),
  )
  const contradicted = kept.map(example => {
    const by = expired.find(({ what }) => what === example)?.by
    return by === undefined ? example : { ...example, expired: { reason: by.reason, expires: by.expires } }
  })
  const outcome: TestOutcome =
    contradicted.length > 0 ? 'failed' : tried.open.length > 0 ? 'unclear' : ignored.length > 0 ? 'ignored' : 'passed'
  return {
    suite: suite.name,
    name,
    place,
    severity,
    outcome,
    ...tried,
    contradicted,
    ignored: ignored.map(({ what, by }) => ({ example: what, reason: by.reason, expires: by.expires })),
  }
}
