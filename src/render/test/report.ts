import { coverageKinds } from '#assertion/coverage.ts'
import type { CounterExample, TestResult } from '#assertion/result.ts'
import type { Tested } from '#assertion/tested.ts'
import { isFailure, isTooLittle, resultKey } from '#assertion/tested.ts'
import { printable } from '#render/printable.ts'
import type { Item, ItemOutcome, Report } from '#render/report/item.ts'
import { version } from '../../../package.json'

/** More counter-examples say no more, and invariants can have thousands. */
const mostShown = 10

export const testReport = (tested: Tested): Report => ({
  title: 'ambientctl test',
  summary: testSummary(tested),
  version,
  items: tested.results.map(result => itemOf(result, tested)),
  rules: tested.results
    .filter(({ outcome }) => outcome !== 'passed')
    .map(result => ({
      id: ruleOf(result),
      title: printable(result.name),
      severity: result.severity,
      means: printable(`The assertion "${result.name}" of suite ${result.suite}`),
      help: `\`ambientctl test ${printable(result.place.file)}\``,
    })),
})

export const testSummary = (tested: Tested): string => {
  const { results, coverage } = tested
  const count = (outcome: TestResult['outcome']): number => results.filter(result => result.outcome === outcome).length
  const parts = [
    `${count('passed')} passed`,
    `${count('failed')} failed`,
    ...(count('unclear') > 0 ? [`${count('unclear')} undetermined`] : []),
    ...(count('ignored') > 0 ? [`${count('ignored')} ignored`] : []),
  ]
  if (coverage === undefined) return parts.join(', ')
  const kinds = coverageKinds
    .filter(kind => coverage.kinds[kind].total > 0)
    .map(kind => `${kind} ${coverage.kinds[kind].covered}/${coverage.kinds[kind].total}`)
  const wanted = isTooLittle(tested) ? `, less than ${tested.failUnder} %` : ''
  return `${parts.join(', ')}; coverage ${coverage.percent} %${wanted} (${kinds.join(', ')})`
}

/** The decisive cases of a result, as sentences. */
export const casesOf = ({ contradicted, open, ignored }: TestResult): readonly string[] =>
  [
    ...some(contradicted),
    ...some(open),
    ...ignored
      .slice(0, mostShown)
      .map(
        ({ example, reason, expires }) =>
          `${example.says} (ignored${expires === '' ? '' : ` until ${expires}`}: ${reason})`,
      ),
  ].map(printable)

/** The first of every code, so that none hides another. */
const some = (examples: readonly CounterExample[]): readonly string[] => [
  ...firstOfEach(examples)
    .slice(0, mostShown)
    .map(({ says, expired }) => `${says}${expired === undefined ? '' : overText(expired)}`),
  ...(examples.length > mostShown ? [`and ${examples.length - mostShown} more`] : []),
]

const firstOfEach = (examples: readonly CounterExample[]): readonly CounterExample[] => {
  const first = new Map(examples.toReversed().map(example => [example.code, example]))
  const leading = new Set(first.values())
  return [...examples.filter(one => leading.has(one)), ...examples.filter(one => !leading.has(one))]
}

const overText = ({ expires, reason }: NonNullable<CounterExample['expired']>): string =>
  ` (no longer ignored since ${expires} is over: ${reason})`

const ruleOf = (result: TestResult): string => printable(resultKey(result))

const itemOf = (result: TestResult, { failOn }: Tested): Item => {
  const { suite, name, place, severity } = result
  const [message = 'as expected', ...details] = casesOf(result)
  return {
    rule: ruleOf(result),
    name: printable(name),
    group: printable(suite),
    outcome: outcomeOf(result, failOn),
    severity,
    message,
    details: [...details, ...result.notes.map(printable)],
    place: { ...place, file: printable(place.file) },
    key: resultKey(result),
  }
}

const outcomeOf = (result: TestResult, failOn: Tested['failOn']): ItemOutcome => {
  if (result.outcome !== 'failed') return result.outcome
  return isFailure(result, failOn) ? 'failed' : 'noted'
}
