import type { ExplainedTrace } from '#check/for-trace.ts'
import type { Renderer } from '#render/look.ts'
import type { Trace } from '#trace/trace.ts'
import { assumptionsOf, outcomeOf } from '#trace/trace.ts'
import { withShownHeaders } from './shown-headers.ts'

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
  /** What is wrong along the path, as `check` tells it; absent where nothing was checked. */
  readonly findings?: NonNullable<ExplainedTrace['findings']>
}

export const traceDocument = (trace: ExplainedTrace): TraceDocument =>
  withShownHeaders({
    schemaVersion: 1,
    kind: 'Trace',
    request: trace.request,
    from: trace.from,
    outcome: outcomeOf(trace),
    hops: trace.hops,
    end: trace.end,
    assumptions: assumptionsOf(trace),
    ...(trace.findings !== undefined && { findings: trace.findings }),
  })

export const traceJson: Renderer<ExplainedTrace> = trace => [JSON.stringify(traceDocument(trace), null, 2)]
