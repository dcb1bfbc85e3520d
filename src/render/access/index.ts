import type { AccessReport } from '#model/access.ts'
import type { Renderer } from '#render/look.ts'
import { paint } from '#render/paint.ts'
import { printable } from '#render/printable.ts'

const text: Renderer<AccessReport> = function* ({ context, checks }, look) {
  const colours = paint(look)
  const missing = checks.filter(({ allowed }) => !allowed)
  const width = Math.max(...checks.map(({ right }) => right.length))
  yield `context ${printable(context)}: ${checks.length - missing.length} of ${checks.length} rights`
  yield `     ${'right'.padEnd(width)}  what an answer lacks without it`
  for (const { right, allowed, costs } of checks)
    yield `${allowed ? colours.green('yes') : colours.red('no ')}  ${printable(right).padEnd(width)}  ${costs}`
  if (missing.length === 0) return
  yield ''
  yield 'rules to add:'
  for (const rule of new Set(missing.map(check => check.rule))) yield printable(rule)
}

const json: Renderer<AccessReport> = function* (report) {
  yield JSON.stringify({ schemaVersion: 1, ...report }, undefined, 2)
}

export const accessRenderers = { text, json }
