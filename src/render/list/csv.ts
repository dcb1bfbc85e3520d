import { cellText } from './cell.ts'
import type { Column, List } from './column.ts'

/** RFC 4180 with line feeds. Control characters are escaped as in text, so a cell never spans lines. */
export const listCsv = <Row>({ columns, rows, headers }: List<Row>): Iterable<string> =>
  csvLines(columns, rows, headers ?? true)

function* csvLines<Row>(columns: readonly Column<Row>[], rows: Iterable<Row>, headers: boolean): Iterable<string> {
  if (headers) yield columns.map(column => column.key).join(',')
  for (const row of rows) yield columns.map(column => quoted(cellText(column.text(row)))).join(',')
}

/** A spreadsheet runs a cell that begins with one of these and goes on. */
const formula = /^[=+@-]./

const quoted = (text: string): string => {
  const safe = formula.test(text) ? `'${text}` : text
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
