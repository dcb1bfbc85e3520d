import type { ResourceFacts } from '#dump/waypoint/resource.ts'
import type { Column } from '#render/list/column.ts'

/** Columns that every table of resources can show: state, version, age and what is odd about the row. */
export const stateColumns: readonly Column<ResourceFacts>[] = [
  { key: 'state', header: 'STATE', text: ({ state }) => state.toUpperCase(), wide: true },
  { key: 'version', header: 'VERSION', text: ({ version }) => version, wide: true },
  { key: 'last-updated', header: 'LAST UPDATED', text: ({ lastUpdated }) => lastUpdated, wide: true },
  { key: 'reason', header: 'REASON', text: ({ reason }) => reason, wide: true },
]
