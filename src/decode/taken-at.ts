import type { Capture, Captures } from '#model/capture.ts'
import { nameOf } from './input.ts'
import { asObject, asText } from './json/at.ts'
import type { RecognisedPart } from './parts.ts'

/** When the snapshot was taken, by its index; the last of several. Undefined without one, or without a time in it. */
export const takenAtOf = (parts: readonly RecognisedPart[]): Date | undefined => {
  const times = parts
    .filter(({ kind }) => kind === 'snapshot-index')
    .map(({ value }) => asObject(value)?.takenAt)
    .map(timeOf)
    .filter(time => time !== undefined)
  return times.length === 0 ? undefined : new Date(Math.max(...times.map(Number)))
}

export const capturesOf = (parts: readonly RecognisedPart[]): Captures =>
  new Map(parts.filter(({ kind }) => kind === 'snapshot-index').flatMap(captured))

const captured = ({ value, file }: RecognisedPart): readonly (readonly [path: string, capture: Capture])[] => {
  const { items, takenAt } = asObject(value) ?? {}
  const folder = file.path.slice(0, -nameOf(file).length)
  return (Array.isArray(items) ? items : []).flatMap(item => {
    const { path, capturedAt, subject } = asObject(item) ?? {}
    if (typeof path !== 'string') return []
    const { namespace, pod } = asObject(subject) ?? {}
    const name = asText(pod) === undefined || asText(namespace) === undefined ? undefined : `${namespace}/${pod}`
    return [[folder + path, { at: timeOf(capturedAt) ?? timeOf(takenAt), pod: name }] as const]
  })
}

const timeOf = (value: unknown): Date | undefined => {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isFinite(time) ? new Date(time) : undefined
}
