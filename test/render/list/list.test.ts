import fc from 'fast-check'
import stringWidth from 'string-width'
import { expect, test } from 'vitest'
import { UserError } from '#errors.ts'
import { chooseList } from '#render/list/choose.ts'
import type { List } from '#render/list/column.ts'
import { listCsv } from '#render/list/csv.ts'
import { listNames } from '#render/list/name.ts'
import { listText } from '#render/list/text.ts'

interface Row {
  readonly name: string
  readonly port: number
}

const look = { colour: false, width: Number.POSITIVE_INFINITY }

const listOf = (rows: readonly Row[]): List<Row> => ({
  columns: [
    { key: 'name', header: 'NAME', text: row => row.name },
    { key: 'target-port', header: 'TARGET PORT', text: row => `${row.port}`, order: row => row.port },
    { key: 'note', header: 'NOTE', text: () => 'x', wide: true },
  ],
  rows,
  name: row => `thing/${row.name}`,
})

const rows = [
  { name: 'b', port: 90 },
  { name: 'cart', port: 8080 },
]
const text = (list: List<Row>) => [...listText(list, look)]

test('columns are as wide as their widest cell and a gap; the last one is not padded', () => {
  expect(text(chooseList(listOf(rows), {}))).toEqual(['NAME TARGET PORT', 'b    90', 'cart 8080'])
  expect(text(chooseList({ ...listOf(rows), gap: 5 }, { headers: false }))).toEqual(['b        90', 'cart     8080'])
})

test('wide shows all columns, --columns the chosen ones in the order asked for', () => {
  expect(text(chooseList(listOf(rows), { wide: true }))[0]).toBe('NAME TARGET PORT NOTE')
  expect(text(chooseList(listOf(rows), { columns: ['TARGET PORT', 'note'] }))[0]).toBe('TARGET PORT NOTE')
  expect(() => chooseList(listOf(rows), { columns: ['ports'] })).toThrow(UserError)
})

test('--sort-by compares what the column means', () => {
  const names = (sortBy: string) =>
    chooseList(listOf([...rows, { name: 'c', port: 9 }]), { sortBy }).rows.map(row => row.name)
  expect(names('target-port')).toEqual(['c', 'b', 'cart'])
  expect(names('-name')).toEqual(['cart', 'c', 'b'])
})

test('csv quotes what must be quoted, and nothing a spreadsheet would run begins a cell', () => {
  const list = listOf([
    { name: 'a,"b"', port: 1 },
    { name: '=cmd()', port: 2 },
    { name: '-', port: 3 },
  ])
  expect([...listCsv(list)]).toEqual(['name,target-port,note', '"a,""b""",1,x', "'=cmd(),2,x", '-,3,x'])
})

test('names are one a line, escaped', () => {
  expect([...listNames(listOf([{ name: 'a\u001b[2J', port: 1 }]))]).toEqual(['thing/a\\x1b[2J'])
})

test('whatever the names are, every column begins at one place', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1 }), names => {
      const lines = text(listOf(names.map(name => ({ name, port: 7 })))).slice(1)
      const starts = lines.map(line => stringWidth(line.slice(0, line.lastIndexOf('7'))))
      expect(new Set(starts).size).toBe(1)
      expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u)
    }),
  )
})

test('a list of 100,000 rows of 8 columns is written row by row', () => {
  const many = Array.from({ length: 100_000 }, (_, index) => ({
    name: `app-${index}-7d9f8b6c5-x${index}`,
    port: index,
  }))
  const column = (index: number) => ({ key: `${index}`, header: `COLUMN ${index}`, text: (row: Row) => row.name })
  const list = { ...listOf(many), columns: Array.from({ length: 8 }, (_, index) => column(index)) }
  let size = 0
  for (const line of listText(list, look)) size += line.length
  expect(size).toBeGreaterThan(10_000_000)
})
