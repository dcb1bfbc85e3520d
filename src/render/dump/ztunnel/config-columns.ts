import type { SettingRow } from '#dump/ztunnel/config.ts'
import type { Column } from '#render/list/column.ts'

export interface PlacedSetting extends SettingRow {
  /** The node, or the file, of the ztunnel. */
  readonly ztunnel: string
}

/** One ztunnel needs no column to tell it apart. */
export const configColumns = (several: boolean): readonly Column<PlacedSetting>[] => [
  ...(several ? [{ key: 'ztunnel', header: 'ZTUNNEL', text: (row: PlacedSetting) => row.ztunnel }] : []),
  { key: 'section', header: 'SECTION', text: ({ section }) => section },
  { key: 'name', header: 'NAME', text: ({ name }) => name },
  { key: 'value', header: 'VALUE', text: ({ value }) => value },
]
