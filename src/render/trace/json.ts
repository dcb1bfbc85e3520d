import type { Renderer } from '#render/look.ts'
import type { Trace } from '#trace/trace.ts'
import { assumptionsOf, outcomeOf } from '#trace/trace.ts'

/** The published shape of a trace, `schemas/trace.schema.json`. */
export interface TraceDocument {
  readonly schemaVersion: 1
  readonly kind: 'Trace'
  readonly request: Trace['request']
  readonly from: Trace['from']
  readonly outcome: ReturnType<typeof outcomeOf>
  readonly hops: Trace['hops']
  readonly end: Trace['end']
  readonly assumptions: ReturnType<typeof assumptionsOf>
}

export const traceDocument = (trace: Trace): TraceDocument => ({
  schemaVersion: 1,
  kind: 'Trace',
  request: trace.request,
  from: trace.from,
  outcome: outcomeOf(trace),
  hops: trace.hops,
  end: trace.end,
  assumptions: assumptionsOf(trace),
})

export const traceJson: Renderer<Trace> = trace => [JSON.stringify(traceDocument(trace), null, 2)]
