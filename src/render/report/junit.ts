import type { Renderer } from '#render/look.ts'
import type { Item, Report } from './item.ts'
import { xml } from './markup.ts'

/** JUnit XML as Jenkins, GitLab and most panels read it: one testsuite a group, one testcase an item. */
export const junit: Renderer<Report> = function* ({ title, items }) {
  const groups = [...new Set(items.map(({ group }) => group))]
  yield '<?xml version="1.0" encoding="UTF-8"?>'
  yield `<testsuites name="${xml(title)}" ${counts(items)}>`
  for (const group of groups) {
    const own = items.filter(item => item.group === group)
    yield `  <testsuite name="${xml(group)}" ${counts(own)} time="0">`
    for (const item of own) yield* testcase(item)
    yield '  </testsuite>'
  }
  yield '</testsuites>'
}

const counts = (items: readonly Item[]): string => {
  const count = (...outcomes: readonly Item['outcome'][]): number =>
    items.filter(({ outcome }) => outcomes.includes(outcome)).length
  return `tests="${items.length}" failures="${count('failed')}" errors="0" skipped="${count('ignored', 'unclear')}"`
}

function* testcase(item: Item): Generator<string> {
  const { rule, name, group, outcome, severity, message, details, place } = item
  const where =
    place === undefined ? '' : ` file="${xml(place.file)}"${place.line === undefined ? '' : ` line="${place.line}"`}`
  const head = `    <testcase name="${xml(name)}" classname="${xml(group)}" time="0"${where}`
  const text = xml([message, ...details].join('\n'))
  if (outcome === 'passed') {
    yield `${head}/>`
    return
  }
  yield `${head}>`
  if (outcome === 'failed')
    yield `      <failure message="${xml(message)}" type="${xml(`${severity} ${rule}`)}">${text}</failure>`
  else if (outcome === 'noted') yield `      <system-out>${text}</system-out>`
  else yield `      <skipped message="${xml(message)}"/>`
  yield '    </testcase>'
}
