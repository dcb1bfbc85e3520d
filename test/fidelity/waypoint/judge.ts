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
  | { readonly kind: 'undetermined'; readonly because: string; readonly supposed?: Supposed }
  | { readonly kind: 'disagreed'; readonly fields: string; readonly disagreement: Disagreement }

/** What became of "if it lets the request pass, then …": held, or the filter answered or sent the request elsewhere. */
export type Supposed = 'holds' | 'answered' | 'changed'

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
      assumed: [
        ...branch.assumptions.map(({ kind, what }) => (kind === 'dns-answer' ? `DNS answer for ${what}` : what)),
        ...branch.unknownResponseHeaders.map(name => `response header ${name}`),
        ...(branch.ending.kind === 'forwarded' ? branch.ending.request.unknownHeaders : []).map(
          ([name]) => `request header ${name}`,
        ),
      ],
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

/** `%RESPONSE_CODE_DETAILS%` of filters whose decision is not in the dump. */
const ownAnswer = /^(ext_authz_|lua_response|dns_resolution_failure)/

/** What a filter may change of a request that it lets pass, and what the answer of a DNS server decides. */
const mayChange = (field: string, assumed: readonly string[]): boolean =>
  field === 'upstream_headers' ||
  (['upstream_host', 'endpoint'].includes(field) && assumed.some(what => what.startsWith('DNS answer')))

const supposedOf = ({ verdict }: RecordedCase, candidates: readonly Candidate[]): Supposed => {
  if (candidates.some(({ fields, assumed }) => fields.every(field => mayChange(field, assumed)))) return 'holds'
  return ownAnswer.test(`${verdict.details}`) ? 'answered' : 'changed'
}

/** Holds one recorded verdict against every branch that the engine sees. */
export const judge = (index: WaypointIndex, recorded: RecordedCase, now: number): Judgement => {
  const candidates = candidatesFor(index, recorded, now)
  const opaque = candidates.find(({ assumed }) => assumed.length > 0)
  if (recorded.distribution !== undefined && opaque === undefined) return judgeFrequencies(recorded, candidates)
  if (candidates.some(({ fields, assumed }) => fields.length === 0 && assumed.length === 0)) return { kind: 'agreed' }
  return opaque === undefined
    ? disagreed(recorded, candidates)
    : {
        kind: 'undetermined',
        because: [...new Set(opaque.assumed)].join(', '),
        supposed: supposedOf(recorded, candidates),
      }
}
