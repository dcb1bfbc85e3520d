import { objectText } from '#dump/waypoint/origin.ts'
import type { ServiceRow } from '#dump/waypoint/services.ts'
import { wrapped } from '#render/list/fit.ts'
import type { Look } from '#render/look.ts'
import { paint } from '#render/paint.ts'
import { addressText, endpointsText, portText, protocolText, serviceText } from './services.ts'

const indent = '    '

/** The table of services for a screen that it does not fit on: a line for each way in, and below it what it leads to. */
export function* serviceBlocks(rows: readonly ServiceRow[], look: Look): Iterable<string> {
  for (const row of rows) {
    const [head = '', ...more] = wrapped(
      `${serviceText(row)} ${addressText(row)}:${portText(row)} ${protocolText(row)}`,
      look.width,
    )
    yield paint(look).bold(head)
    yield* more
    for (const line of wrapped(waysText(row), look.width - indent.length)) yield `${indent}${line}`
  }
}

const waysText = (row: ServiceRow): string =>
  [
    ...row.filters,
    ...(row.speaks === 'http' ? [`${row.routes} ${row.routes === 1 ? 'route' : 'routes'}`] : []),
    ...(row.from.length === 0 ? [] : [`from ${row.from.map(objectText).join(', ')}`]),
    [...(endpointsText(row) === '-' ? [] : [`${endpointsText(row)} endpoints`]), ...row.via.slice(0, 1)].join(', '),
    ...row.via.slice(1).map(via => `or ${via}`),
  ].join(' → ')
