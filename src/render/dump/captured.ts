import type { Provenance } from '#dump/provenance.ts'
import { durationText } from '#render/duration-text.ts'
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
