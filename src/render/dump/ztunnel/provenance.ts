import type { Provenance } from '#dump/ztunnel/provenance.ts'
import { durationText } from './duration-text.ts'
import { unknown } from './refs.ts'

/** `captured 2026-11-23T19:14:00.000Z, 2d ago`; from the first to the last of several. Undefined where nothing tells. */
export const capturedText = (dumps: readonly Provenance[], present: Date): string | undefined => {
  const times = dumps.flatMap(({ capturedAt }) => (capturedAt === undefined ? [] : [capturedAt.getTime()]))
  if (times.length === 0) return undefined
  const [first, last] = [Math.min(...times), Math.max(...times)].map(time => new Date(time).toISOString())
  const span = first === last ? first : `${first} to ${last}`
  const untold = dumps.length - times.length
  const [age] = agesOf(dumps, present)
  if (untold > 0) return `captured ${span}, ${untold} ${unknown}`
  return haveOneAge(dumps, present) && age !== '' ? `captured ${span}, ${age}` : `captured ${span}`
}

/** Then a column for the age would tell nothing. */
export const haveOneAge = (dumps: readonly Provenance[], present: Date): boolean =>
  new Set(agesOf(dumps, present)).size <= 1

/** `2d ago`; empty for now. */
export const ageText = ({ capturedAt }: Provenance, present: Date): string => {
  if (capturedAt === undefined) return unknown
  const ago = present.getTime() - capturedAt.getTime()
  if (Math.abs(ago) < 1000) return ''
  return `${durationText(ago)} ${ago > 0 ? 'ago' : "ahead of this machine's clock"}`
}

const agesOf = (dumps: readonly Provenance[], present: Date): readonly string[] =>
  dumps.map(dump => ageText(dump, present))

/** Where the rows of a table are from, in one line, as far as that is known. */
export const provenanceLine = (dumps: readonly Provenance[], present: Date): string => {
  const [only, ...others] = dumps
  const captured = capturedText(dumps, present)
  const parts = only !== undefined && others.length === 0 ? partsOf(only) : [summaryOf(dumps)]
  return [...parts, ...(captured === undefined ? [] : [captured])].join(', ')
}

const partsOf = ({ file, node, pod, version }: Provenance): readonly string[] => [
  `ztunnel ${version} on ${node ?? `${unknown} node`}`,
  ...(pod === undefined ? [] : [`pod ${pod}`]),
  `from ${file}`,
]

const summaryOf = (dumps: readonly Provenance[]): string => {
  const versions = [...new Set(dumps.map(({ version }) => version))]
  return `${dumps.length} ztunnels ${versions.join(' and ')}`
}
