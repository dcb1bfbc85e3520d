import { decideWaypoint } from '#waypoint/decide.ts'
import type { WaypointIndex } from '#waypoint/lookup.ts'
import type { Disagreement } from '../suite.ts'
import { differences, shown, shownRecorded } from './compare.ts'
import { misfit } from './frequencies.ts'
import { type Prediction, predictionsOf } from './predict.ts'
import type { RecordedCase } from './recorded.ts'
import { requestOf } from './replay.ts'

export type Judgement =
  | { readonly kind: 'agreed' }
  | { readonly kind: 'undetermined'; readonly because: string }
  | { readonly kind: 'disagreed'; readonly fields: string; readonly disagreement: Disagreement }

export interface Candidate {
  readonly prediction: Prediction
  readonly probability: number | undefined
  readonly assumed: readonly string[]
  readonly fields: readonly string[]
}

const candidatesFor = (index: WaypointIndex, recorded: RecordedCase, now: number): readonly Candidate[] =>
  decideWaypoint(index, requestOf(recorded.request), { now }).branches.flatMap(branch =>
    predictionsOf(recorded.request, branch).map(({ prediction, probability }) => ({
      prediction,
      probability,
      assumed: branch.assumptions.map(({ what }) => what),
      fields: differences(prediction, recorded),
    })),
  )

const disagreed = (recorded: RecordedCase, candidates: readonly Candidate[]): Judgement => {
  const [nearest] = [...candidates].sort((a, b) => a.fields.length - b.fields.length)
  const fields = nearest?.fields ?? []
  const disagreement = {
    where: `${recorded.where} ${fields.join(' ')} (of ${candidates.length}) ${JSON.stringify(recorded.request).slice(0, 300)}`,
    recorded: shownRecorded(recorded, fields),
    predicted: nearest === undefined ? 'nothing' : shown(nearest.prediction, fields, recorded.request),
  }
  return { kind: 'disagreed', fields: fields.join(' '), disagreement }
}

const judgeFrequencies = (recorded: RecordedCase, candidates: readonly Candidate[]): Judgement => {
  const why = misfit(recorded, candidates)
  if (why === undefined) return { kind: 'agreed' }
  const disagreement = { where: recorded.where, recorded: why, predicted: `${candidates.length} ways` }
  return { kind: 'disagreed', fields: 'distribution', disagreement }
}

/** Holds one recorded verdict against every branch that the engine sees. */
export const judge = (index: WaypointIndex, recorded: RecordedCase, now: number): Judgement => {
  const candidates = candidatesFor(index, recorded, now)
  const opaque = candidates.find(({ assumed }) => assumed.length > 0)
  if (recorded.distribution !== undefined && opaque === undefined) return judgeFrequencies(recorded, candidates)
  if (candidates.some(({ fields, assumed }) => fields.length === 0 && assumed.length === 0)) return { kind: 'agreed' }
  return opaque === undefined
    ? disagreed(recorded, candidates)
    : { kind: 'undetermined', because: [...new Set(opaque.assumed)].join(', ') }
}
