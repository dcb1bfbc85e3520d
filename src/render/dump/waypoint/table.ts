import type { WaypointTableName } from '#dump/waypoint/tables.ts'
import { listText } from '#render/list/text.ts'
import type { Look } from '#render/look.ts'
import { listOf, rowsOf, type WaypointView } from './view.ts'

/** What stands for a table without rows where its head would say nothing: istioctl's words for secrets. */
const insteadOf: Partial<Record<WaypointTableName, string>> = {
  secrets: 'No active or warming secrets found.',
  bootstrap: 'No bootstrap in the dump: it is not what a proxy told of itself, but what istiod has for it, or a part.',
}

export const tableText = <Name extends WaypointTableName>(
  name: Name,
  view: WaypointView,
  look: Look,
  columns?: Parameters<typeof listOf<Name>>[2],
): Iterable<string> => {
  const instead = insteadOf[name]
  return instead !== undefined && rowsOf(name, view, view.choice.wide === true).length === 0
    ? [instead]
    : listText(listOf(name, view, columns), look)
}
