import { markdownText } from '#render/markdown-text.ts'
import { cellText } from './cell.ts'
import type { List } from './column.ts'

/** A table as tickets and merge requests show it. Without headers, the rows for a table that has begun. */
export const listMarkdown = <Row>(list: List<Row>): Iterable<string> => markdownLines(list)

function* markdownLines<Row>({ columns, rows, headers }: List<Row>): Iterable<string> {
  if (headers ?? true) yield* [line(columns.map(({ header }) => header)), line(columns.map(() => '---'))]
  for (const row of rows) yield line(columns.map(column => markdownText(cellText(column.text(row)))))
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
