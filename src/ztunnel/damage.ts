import type { OutboundResult } from './forward.ts'
import type { InboundResult } from './inbound.ts'
import type { RefusalCode, Undetermined } from './refusal.ts'
import { recordsOf, type ZtunnelStep } from './steps.ts'
import type { ZtunnelIndex } from './ztunnel-index.ts'

/** Refusals that say that something is not there: in a damaged dump it may be among what could not be read. */
const ofAbsence: ReadonlySet<RefusalCode> = new Set([
  'unknown-source',
  'local-workload-unknown',
  'unknown-waypoint',
  'unknown-network-gateway',
  'no-valid-destination',
  'unknown-destination',
  'ip-mismatch',
  'unknown-hostname',
  'port-not-resolved',
  'service-without-address',
])

/**
 * In a dump of which a part could not be read, a decision is none that stands on such a record, or on not finding one.
 * What was asked and answered by whole records stays.
 */
export const certain = <Result extends OutboundResult | InboundResult>(
  index: ZtunnelIndex,
  steps: readonly ZtunnelStep[],
  result: Result,
): Result | Undetermined => {
  if (!index.isDamaged) return result
  const doubt = steps.map(step => doubtOf(index, step)).find(about => about !== undefined)
  if (doubt !== undefined) return notRead(doubt)
  return result.kind === 'refused' && ofAbsence.has(result.code) ? notRead(result.text) : result
}

const notRead = (about: string): Undetermined => ({ kind: 'undetermined', missing: 'record-not-read', about })

/** What of a step is not known for sure. */
const doubtOf = ({ workloadsByUid }: ZtunnelIndex, step: ZtunnelStep): string | undefined => {
  const damaged = recordsOf(step).find(record => record.damaged === true)
  if (damaged !== undefined) return `${damaged.namespace}/${damaged.name}`
  if (step.kind === 'address' && step.found === undefined) return `${step.network}/${step.ip}`
  if (step.kind !== 'endpoint') return undefined
  return step.lost.find(({ workloadUid, why }) => {
    const workload = workloadsByUid.get(workloadUid)
    return why === 'unknown-workload' || workload?.damaged === true
  })?.workloadUid
}
