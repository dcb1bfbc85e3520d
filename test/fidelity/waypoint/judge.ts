import { decideWaypoint } from '#waypoint/decide.ts'
import type { WaypointIndex } from '#waypoint/lookup.ts'
import type { Disagreement } from '../suite.ts'
import { differences, shown, shownRecorded } from './compare.ts'
import { type Prediction, predictionsOf } from './predict.ts'
import type { RecordedCase } from './recorded.ts'
import { requestOf } from './replay.ts'

export type Judgement =
  | { readonly kind: 'agreed' }
  | { readonly kind: 'undetermined'; readonly because: string }
  | { readonly kind: 'disagreed'; readonly disagreement: Disagreement }

interface Candidate {
  readonly prediction: Prediction
  readonly assumed: readonly string[]
  readonly fields: readonly string[]
}

const candidatesFor = (index: WaypointIndex, recorded: RecordedCase, now: number): readonly Candidate[] =>
  decideWaypoint(index, requestOf(recorded.request), { now }).branches.flatMap(branch =>
    predictionsOf(recorded.request, branch).map(prediction => ({
      prediction,
      assumed: branch.assumptions.map(({ what }) => what),
      fields: differences(prediction, recorded),
    })),
  )

/** Holds one recorded verdict against every branch that the engine sees. */
export const judge = (index: WaypointIndex, recorded: RecordedCase, now: number): Judgement => {
  const candidates = candidatesFor(index, recorded, now)
  if (candidates.some(({ fields, assumed }) => fields.length === 0 && assumed.length === 0)) return { kind: 'agreed' }
  const opaque = candidates.find(({ assumed }) => assumed.length > 0)
  if (opaque !== undefined) return { kind: 'undetermined', because: opaque.assumed.join(', ') }
  const [nearest] = [...candidates].sort((a, b) => a.fields.length - b.fields.length)
  const fields = nearest?.fields ?? []
  const disagreement = {
    where: `${recorded.where} ${fields.join(' ')} (of ${candidates.length}) ${JSON.stringify(recorded.request).slice(0, 300)}`,
    recorded: shownRecorded(recorded, fields),
    predicted: nearest === undefined ? 'nothing' : shown(nearest.prediction, fields, recorded.request),
  }
  return { kind: 'disagreed', disagreement }
}
