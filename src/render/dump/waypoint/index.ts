import { type WaypointTableName, waypointTableNames } from '#dump/waypoint/tables.ts'
import { cellText } from '#render/list/cell.ts'
import { listCsv } from '#render/list/csv.ts'
import { wrapped } from '#render/list/fit.ts'
import { listNames } from '#render/list/name.ts'
import { yamlText } from '#render/list/yaml.ts'
import type { Look, Renderer } from '#render/look.ts'
import { paint } from '#render/paint.ts'
import { printableJson } from '#render/printable.ts'
import { allText } from './all.ts'
import { jsonLines, sentValue } from './as-sent.ts'
import { overviewText } from './overview.ts'
import { provenanceLine } from './provenance.ts'
import { tableText } from './table.ts'
import { listOf, notesOf, rowsOf, type WaypointView } from './view.ts'

/** An overview has its table of services for a program. */
const tablesOf = ({ table }: WaypointView): readonly WaypointTableName[] => {
  if (table === 'overview') return ['services']
  return table === 'all' ? waypointTableNames.filter(name => name !== 'eds') : [table]
}

function* text(view: WaypointView, look: Look): Iterable<string> {
  if (view.table === 'all') yield* allText(view, look)
  else if (view.table === 'overview') yield* overviewText(view, look)
  else yield* tableText(view.table, view, look)
  const notes = notesOf(view)
  if (view.choice.wide === true || notes.length === 0) return
  yield ''
  for (const note of notes) for (const line of wrapped(note, look.width)) yield paint(look).yellow(line)
}

/** The default columns are istioctl's, and so is their first line; an overview tells of each proxy where it is from. */
function* wide(view: WaypointView, look: Look): Iterable<string> {
  if (view.table !== 'overview' && view.choice.headers !== false) yield cellText(provenanceLine(view))
  yield* text({ ...view, choice: { ...view.choice, wide: true } }, look)
}

function* names(view: WaypointView): Iterable<string> {
  for (const name of tablesOf(view)) yield* listNames(listOf(name, view))
}

/** Tables of `all` are apart by an empty line. */
function* csv(view: WaypointView): Iterable<string> {
  for (const [index, name] of tablesOf(view).entries()) {
    if (index > 0) yield ''
    yield* listCsv(listOf(name, view))
  }
}

function* ndjson(view: WaypointView): Iterable<string> {
  for (const name of tablesOf(view))
    for (const row of rowsOf(name, view, true)) yield printableJson(JSON.stringify({ table: name, ...row }))
}

/** Formats of `dump waypoint`. `json` and `yaml` are what the proxy sent; `ndjson` is one row a line, every fact of it. */
export const waypointRenderers = {
  text,
  /** istioctl's name for it. */
  short: text,
  wide,
  name: names,
  csv,
  ndjson,
  json: (view: WaypointView) => jsonLines(sentValue(view)),
  yaml: (view: WaypointView) => [yamlText(sentValue(view))],
} satisfies Readonly<Record<string, Renderer<WaypointView>>>
