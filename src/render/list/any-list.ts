import type { Look } from '#render/look.ts'
import { type Choice, chooseList } from './choose.ts'
import type { List } from './column.ts'
import { listCsv } from './csv.ts'
import { listMarkdown } from './markdown.ts'
import { listNames } from './name.ts'
import { listText } from './text.ts'

/** A list whatever its rows are. */
export interface AnyList {
  readonly size: number
  render(format: ListFormat, choice: Choice, look: Look): Iterable<string>
}

export const listFormats = ['text', 'short', 'wide', 'csv', 'markdown', 'name'] as const
export type ListFormat = (typeof listFormats)[number]

/** `short` is istioctl's word for text. */
export const anyList = <Row>(list: List<Row>): AnyList => ({
  size: list.rows.length,
  render(format, choice, look) {
    const chosen = chooseList(list, { ...choice, wide: choice.wide ?? format === 'wide' })
    if (format === 'csv') return listCsv(chosen)
    if (format === 'markdown') return listMarkdown(chosen)
    return format === 'name' ? listNames(chosen) : listText(chosen, look)
  },
})
