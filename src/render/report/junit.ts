import type { Renderer } from '#render/look.ts'
import { type Item, outcomeWords, type Report } from './item.ts'
import { xml } from './markup.ts'

/**
 * JUnit XML: one testsuite a group, one testcase an item. It keeps to what the schemas of Ant and of Jenkins both allow:
 * places stand in the text, and what is told without being a failure in the output of its suite.
 */
export const junit: Renderer<Report> = function* ({ title, version, items }) {
  const groups = [...new Set(items.map(({ group }) => group))]
  yield '<?xml version="1.0" encoding="UTF-8"?>'
  yield '<testsuites>'
  for (const [id, group] of groups.entries()) {
    const own = items.filter(item => item.group === group)
    yield `  <testsuite id="${id}" package="${xml(title)}" name="${xml(group)}" ${counts(own)} ${origin}>`
    yield `    <properties><property name="version" value="${xml(version)}"/></properties>`
    for (const item of own) yield* testcase(item)
    yield `    <system-out>${xml(
      own
        .filter(({ outcome }) => outcome === 'noted')
        .map(wholeText)
        .join('\n\n'),
    )}</system-out>`
    yield '    <system-err/>'
    yield '  </testsuite>'
  }
  yield '</testsuites>'
}

/** The schema wants both; the same input gives the same bytes on every machine and day. */
const origin = 'hostname="localhost" timestamp="1970-01-01T00:00:00" time="0"'

const counts = (items: readonly Item[]): string => {
  const count = (...outcomes: readonly Item['outcome'][]): number =>
    items.filter(({ outcome }) => outcomes.includes(outcome)).length
  return `tests="${items.length}" failures="${count('failed')}" errors="0" skipped="${count('ignored', 'unclear')}"`
}

function* testcase(item: Item): Generator<string> {
  const { rule, name, group, outcome, severity, message } = item
  const head = `    <testcase name="${xml(name)}" classname="${xml(group)}" time="0"`
  if (outcome === 'passed' || outcome === 'noted') {
    yield `${head}/>`
    return
  }
  yield `${head}>`
  yield outcome === 'failed'
    ? `      <failure message="${xml(message)}" type="${xml(`${severity} ${rule}`)}">${xml(wholeText(item))}</failure>`
    : `      <skipped message="${xml(`${outcomeWords[outcome]}: ${message}`)}"/>`
  yield '    </testcase>'
}

const wholeText = ({ rule, severity, message, details, place }: Item): string =>
  [
    `${severity} ${rule}: ${message}`,
    ...details,
    ...(place === undefined ? [] : [`at ${place.file}${place.line === undefined ? '' : `:${place.line}`}`]),
  ].join('\n')
