import type { WaypointTableName } from '#dump/waypoint/tables.ts'
import type { Column } from '#render/list/column.ts'
import { listText } from '#render/list/text.ts'
import type { Look } from '#render/look.ts'
import { tableText } from './table.ts'
import { listOf, type WaypointView } from './view.ts'

type Sections = (view: WaypointView, look: Look) => Iterable<string>

/** istioctl puts the kind before every name of `all`, and names there what its single tables leave unnamed. */
const prefixed = <Row extends { readonly name: string }>(
  kind: string,
  replaced: readonly string[],
  header = 'NAME',
): ((columns: readonly Column<Row>[]) => readonly Column<Row>[]) => {
  const name: Column<Row> = { key: 'name', header, text: row => `${kind}/${row.name}` }
  return columns => [name, ...columns.filter(({ key }) => !replaced.includes(key))]
}

/** A cluster without a service is named by itself, prefix included. */
const clusterSection: Sections = (view, look) =>
  listText(
    listOf('clusters', view, columns =>
      prefixed<Parameters<(typeof columns)[number]['text']>[0]>(
        'cluster',
        [],
      )(
        columns.map(column =>
          column.key === 'service-fqdn'
            ? { ...column, text: row => (row.direction === '-' && row.name !== '' ? `cluster/${row.name}` : row.fqdn) }
            : column,
        ),
      ),
    ),
    look,
  )

const secretSection: Sections = (view, look) =>
  tableText('secrets', view, look, prefixed('secret', ['resource-name'], 'RESOURCE NAME'))

const plain =
  (name: WaypointTableName): Sections =>
  (view, look) =>
    tableText(name, view, look)

/** The sections of istioctl's `all`, in its order. */
const standard: readonly Sections[] = [
  plain('bootstrap'),
  clusterSection,
  (view, look) => listText(listOf('listeners', view, prefixed('listener', ['name'])), look),
  (view, look) => listText(listOf('routes', view, prefixed('route', ['name'])), look),
  secretSection,
  (view, look) => listText(listOf('eds', view, prefixed('endpoint', ['name'])), look),
]

/** What istioctl has no table for. */
const further: readonly Sections[] = [
  plain('services'),
  plain('chains'),
  plain('filters'),
  plain('policies'),
  plain('ecds'),
]

export function* allText(view: WaypointView, look: Look): Iterable<string> {
  const sections = view.choice.wide === true ? [...standard, ...further] : standard
  for (const [index, section] of sections.entries()) {
    if (index > 0) yield ''
    yield* section(view, look)
  }
}
