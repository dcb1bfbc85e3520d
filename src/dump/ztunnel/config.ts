/** One setting or fact of the build, flattened: `socketConfig.keepaliveTime`. */
export interface SettingRow {
  readonly section: 'version' | 'config'
  readonly name: string
  readonly value: string
}

/** Header values may hold tokens; their names do not (`xdsHeaders`, `caHeaders`: lists of pairs). */
const secretLists = /Headers$|_headers$/
const redactedValue = '<redacted>'

/** Build facts first, then settings, each sorted by name. */
export const settingRows = (
  build: Readonly<Record<string, string>>,
  config: Readonly<Record<string, unknown>>,
): readonly SettingRow[] => [...rowsOf('version', build), ...rowsOf('config', withoutHeaderValues(config))]

const rowsOf = (section: SettingRow['section'], members: Readonly<Record<string, unknown>>): readonly SettingRow[] =>
  Object.entries(members)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({ section, name, value: valueText(value) }))

const valueText = (value: unknown): string =>
  typeof value === 'string' ? value : (durationOf(value) ?? JSON.stringify(value) ?? '')

/** `{"secs": 30, "nanos": 0}` */
const durationOf = (value: unknown): string | undefined => {
  if (typeof value !== 'object' || value === null || !('secs' in value) || !('nanos' in value)) return undefined
  const { secs, nanos } = value
  return typeof secs === 'number' && typeof nanos === 'number' ? `${secs + nanos / 1e9}s` : undefined
}

/** The settings with the values of headers blanked. */
export const withoutHeaderValues = (config: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(config).map(([name, value]) => [
      name,
      secretLists.test(name) && Array.isArray(value) ? value.map(blanked) : value,
    ]),
  )

const blanked = (pair: unknown): unknown => (Array.isArray(pair) && pair.length > 1 ? [pair[0], redactedValue] : pair)
