import type { Coverable } from '#assertion/coverage.ts'
import type { TestResult } from '#assertion/result.ts'
import type { Tested } from '#assertion/tested.ts'
import { isTooLittle } from '#assertion/tested.ts'
import type { Look, Renderer } from '#render/look.ts'
import { paint } from '#render/paint.ts'
import { printable } from '#render/printable.ts'
import { casesOf, testSummary } from './report.ts'

/** Results for people: a line a test, and below it what contradicts it. */
export const testText: Renderer<Tested> = function* (tested, look) {
  const { bold, dim, red } = paint(look)
  let suite: string | undefined
  for (const result of tested.results) {
    if (result.suite !== suite) yield bold(printable(result.suite))
    suite = result.suite
    yield `  ${mark(result, look)} ${printable(result.name)}${result.tried > 1 ? dim(` (${result.tried})`) : ''}`
    if (result.outcome !== 'passed') {
      const { file, line } = result.place
      yield dim(printable(`    ${file}:${line}`))
    }
    for (const one of casesOf(result)) yield `    ${one}`
    for (const note of result.notes) yield dim(`    ${printable(note)}`)
  }
  yield ''
  for (const line of missingLines(tested.coverage?.missing ?? [])) yield dim(printable(line))
  yield isTooLittle(tested) ? red(testSummary(tested)) : testSummary(tested)
}

/** What was never met has never decided, either. */
const missingLines = (missing: readonly Coverable[]): readonly string[] => {
  const unmet = new Set(missing.map(({ file, at }) => `${file} ${at}`))
  return missing.flatMap(({ kind, name, file, at }) => {
    const met = /^(.*) decided$/.exec(at)?.[1]
    if (met !== undefined && unmet.has(`${file} ${met}`)) return []
    const place = met ?? at
    return [
      `${met === undefined ? 'not covered' : 'never decided'}: ${kind} ${name}  ${file}${place.startsWith(':') ? place : ` ${place}`}`,
    ]
  })
}

const mark = ({ outcome, severity }: TestResult, look: Look): string => {
  const { green, red, yellow, cyan } = paint(look)
  switch (outcome) {
    case 'passed':
      return green('✓')
    case 'failed':
      return severity === 'error' ? red('✗') : yellow(`✗ (${severity})`)
    case 'unclear':
      return yellow('?')
    case 'ignored':
      return cyan('-')
  }
}
