import { UserError } from '#errors.ts'
import { compare } from '#model/compare.ts'
import type { Column, List } from './column.ts'

export interface Choice {
  /** Keys; undefined for the default columns. */
  readonly columns?: readonly string[] | undefined
  readonly wide?: boolean | undefined
  /** A key; `-key` for descending. */
  readonly sortBy?: string | undefined
  readonly headers?: boolean | undefined
}

/** The columns and the order that were asked for; without wishes, the default ones. An unknown key is a usage error. */
export const chooseList = <Row>(list: List<Row>, choice: Choice): List<Row> => ({
  ...list,
  columns: chosenColumns(list.columns, choice),
  rows: choice.sortBy === undefined ? list.rows : sorted(list, choice.sortBy),
  headers: choice.headers ?? true,
})

const chosenColumns = <Row>(
  columns: readonly Column<Row>[],
  { columns: keys, wide }: Choice,
): readonly Column<Row>[] =>
  keys === undefined
    ? columns.filter(column => wide === true || column.wide !== true)
    : keys.map(key => columnOf(columns, key, '--columns'))

const sorted = <Row>({ columns, rows }: List<Row>, wish: string): readonly Row[] => {
  const descending = wish.startsWith('-')
  const column = columnOf(columns, withoutSign(wish), '--sort-by')
  const order = column.order ?? column.text
  const keys = rows.map(order)
  const places = Uint32Array.from(rows.keys())
  const byKey = (a: number, b: number): number => compare(keys[a] ?? '', keys[b] ?? '')
  places.sort(descending ? (a, b) => byKey(b, a) || a - b : (a, b) => byKey(a, b) || a - b)
  return Array.from(places, place => rows[place] as Row)
}

type Named = Pick<Column<never>, 'key' | 'header'>

/** `POD NAME`, `pod_name` and `pod-name` name the same column. */
const named = <C extends Named>(columns: readonly C[], asked: string): C | undefined => {
  const key = asked.trim().toLowerCase().replaceAll(/[ _]/g, '-')
  return columns.find(column => column.key === key || column.header.toLowerCase().replaceAll(' ', '-') === key)
}

/** Whether a choice is content with these columns. */
export const suffices = (columns: readonly Named[], { columns: keys = [], sortBy, wide }: Choice): boolean =>
  wide !== true &&
  [...keys, ...(sortBy === undefined ? [] : [withoutSign(sortBy)])].every(key => named(columns, key) !== undefined)

const withoutSign = (wish: string): string => (wish.startsWith('-') ? wish.slice(1) : wish)

const columnOf = <Row>(columns: readonly Column<Row>[], asked: string, flag: string): Column<Row> => {
  const column = named(columns, asked)
  if (column !== undefined) return column
  throw new UserError('usage', `${flag}: there is no column ${asked}`, {
    next: [`columns: ${columns.map(column => column.key).join(', ')}`],
  })
}
