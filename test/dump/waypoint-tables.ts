import { dumpWaypoint } from '#pipeline/dump-waypoint.ts'
import { waypointRenderers } from '#render/dump/waypoint/index.ts'

export type Format = keyof typeof waypointRenderers

export interface Asked {
  readonly snapshot: string | readonly string[]
  readonly table?: string
  readonly proxy?: string
  readonly wish?: Readonly<Record<string, string | number>>
  readonly columns?: readonly string[]
  readonly format?: Format
  /** Columns of the screen; none in a pipe. */
  readonly width?: number
}

/** The certificates of the recordings are valid at this time. */
const present = { at: new Date('2026-11-24T00:00:00Z'), from: 'asked' } as const

/** What `dump waypoint` prints, line by line. */
export const waypointLines = async ({
  snapshot,
  table,
  proxy,
  wish = {},
  columns,
  format = 'text',
  width = Number.POSITIVE_INFINITY,
}: Asked): Promise<readonly string[]> => {
  const snapshots = typeof snapshot === 'string' ? [snapshot] : snapshot
  const view = await dumpWaypoint({
    state: { kind: 'files', paths: snapshots },
    table,
    proxy,
    wish,
    choice: { columns },
    present,
  })
  return [...waypointRenderers[format](view, { colour: false, width })]
}

/** The same with runs of spaces as one `|`, for comparing cells and not layout. */
export const waypointCells = async (asked: Asked): Promise<readonly string[]> =>
  (await waypointLines(asked)).map(line => line.trimEnd().replaceAll(/ {2,}/g, ' | '))
