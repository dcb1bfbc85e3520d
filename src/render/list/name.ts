import { cellText } from './cell.ts'
import type { List } from './column.ts'

/** One name a line, as `kubectl -o name`. */
export const listNames = <Row>(list: List<Row>): Iterable<string> => nameLines(list)

function* nameLines<Row>({ rows, name }: List<Row>): Iterable<string> {
  for (const row of rows) yield cellText(name(row))
}
