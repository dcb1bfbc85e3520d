import { stringify } from 'yaml'
import type { Renderer } from '#render/look.ts'
import type { Item, Report } from './item.ts'
import { outcomeWords } from './item.ts'

/** TAP 14: a point an item, what failed with a YAML block. */
export const tap: Renderer<Report> = function* ({ items }) {
  yield 'TAP version 14'
  yield `1..${items.length}`
  for (const [index, item] of items.entries()) yield* point(item, index + 1)
}

function* point(item: Item, number: number): Generator<string> {
  const { name, outcome, rule, severity, message, details, object, place } = item
  const skipped = outcome === 'ignored' || outcome === 'unclear'
  yield `${outcome === 'failed' ? 'not ok' : 'ok'} ${number} - ${plain(name)}${skipped ? ` # SKIP ${plain(message)}` : ''}`
  if (outcome === 'passed' || skipped) return
  const block = {
    message,
    severity: outcome === 'failed' ? 'fail' : 'comment',
    data: {
      outcome: outcomeWords[outcome],
      code: rule,
      level: severity,
      ...(object !== undefined && { object }),
      details,
    },
    ...(place !== undefined && { at: { file: place.file, ...(place.line !== undefined && { line: place.line }) } }),
  }
  yield '  ---'
  for (const line of stringify(block, { lineWidth: 0 }).trimEnd().split('\n')) yield `  ${line}`
  yield '  ...'
}

/** A `#` would begin a directive. */
const plain = (text: string): string => text.replace(/[\\#]/g, '\\$&')
