import { asObject } from './json/at.ts'
import type { RecognisedPart } from './parts.ts'

/** When the snapshot was taken, by its index; the last of several. Undefined without one, or without a time in it. */
export const takenAtOf = (parts: readonly RecognisedPart[]): Date | undefined => {
  const times = parts
    .filter(({ kind }) => kind === 'snapshot-index')
    .map(({ value }) => asObject(value)?.takenAt)
    .map(takenAt => (typeof takenAt === 'string' ? Date.parse(takenAt) : Number.NaN))
    .filter(Number.isFinite)
  return times.length === 0 ? undefined : new Date(Math.max(...times))
}
