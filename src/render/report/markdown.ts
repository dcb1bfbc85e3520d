import type { Renderer } from '#render/look.ts'
import { markdownText } from '#render/markdown-text.ts'
import type { Item, Report } from './item.ts'
import { outcomeWords, shown } from './item.ts'

const marks = { error: '🔴', warning: '🟡', info: '🔵' } as const

/** For step summaries, merge requests and chat. */
export const markdown: Renderer<Report> = function* (report) {
  yield `## ${markdownText(report.title)}`
  yield ''
  yield markdownText(report.summary)
  const items = shown(report)
  if (items.length > 0) yield* ['', '| | Code | What | Where |', '| --- | --- | --- | --- |', ...items.map(row)]
  for (const item of items.filter(({ details }) => details.length > 0)) yield* details(item)
}

const row = ({ rule, outcome, severity, message, object, place, name }: Item): string =>
  `| ${marks[severity]} ${outcome === 'unclear' ? outcomeWords.unclear : severity} | ${markdownText(rule)} | ${markdownText(message)} | ${markdownText(object ?? (place === undefined ? name : `${place.file}${place.line === undefined ? '' : `:${place.line}`}`))} |`

function* details({ rule, name, details }: Item): Generator<string> {
  yield* ['', `<details><summary>${markdownText(`${rule}: ${name}`)}</summary>`, '']
  for (const line of details) yield `- ${markdownText(line)}`
  yield* ['', '</details>']
}
