import type { Look } from '#render/look.ts'
import { paint } from '#render/paint.ts'
import { cellText, cellWidth } from './cell.ts'
import type { Column, List } from './column.ts'

/**
 * Columns as istioctl lays them out: each as wide as its widest cell and a gap, the last one unpadded.
 * Linear in time; rows are read twice, so that nothing but the widths is held.
 */
export const listText = <Row>(list: List<Row>, look: Look): Iterable<string> =>
  textLines(list.columns, list.rows, { gap: list.gap ?? 1, headers: list.headers ?? true, look })

interface Layout {
  readonly gap: number
  readonly headers: boolean
  readonly look: Look
}

function* textLines<Row>(columns: readonly Column<Row>[], rows: Iterable<Row>, layout: Layout): Iterable<string> {
  const widths = columns.map(({ header }) => (layout.headers ? cellWidth(header) : 0))
  for (const row of rows) measure(columns, row, widths)
  const padded = widths.map(width => width + layout.gap)
  if (layout.headers)
    yield paint(layout.look).bold(
      line(
        columns.map(({ header }) => header),
        padded,
      ),
    )
  for (const row of rows)
    yield line(
      columns.map(column => cellText(column.text(row))),
      padded,
    )
}

const measure = <Row>(columns: readonly Column<Row>[], row: Row, widths: number[]): void => {
  for (const [index, column] of columns.entries())
    widths[index] = Math.max(widths[index] ?? 0, cellWidth(cellText(column.text(row))))
}

const line = (cells: readonly string[], padded: readonly number[]): string => {
  let text = ''
  for (const [index, cell] of cells.entries()) text += index === cells.length - 1 ? cell : pad(cell, padded[index] ?? 0)
  return text
}

const pad = (cell: string, width: number): string => {
  const found = cellWidth(cell)
  return found === cell.length ? cell.padEnd(width) : cell + ' '.repeat(Math.max(0, width - found))
}
