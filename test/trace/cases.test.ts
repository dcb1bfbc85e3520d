import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { traceRequest } from '#pipeline/trace-request.ts'
import type { Branch, Hop, Path, Trace } from '#trace/trace.ts'
import { outcomeOf, verdictsOf } from '#trace/trace.ts'

/** A case is data: `fixtures/trace/*.yaml` asks one request of a snapshot and says what a person expects of the answer. */
interface Case {
  readonly because: string
  readonly snapshot: string
  readonly trace: {
    readonly from: string
    readonly to: string
    readonly method?: string
    readonly headers?: Record<string, string>
  }
  readonly expect: Expectation
}

interface Expectation {
  readonly outcome: string
  readonly code?: string
  readonly by?: string
  readonly policy?: string
  readonly to?: string
  readonly peer?: string
  readonly missing?: string
  readonly clientSees?: string
  readonly status?: number
  readonly hops?: readonly string[]
  readonly branches?: readonly number[]
}

const folder = 'fixtures/trace'

const allHops = (path: Path): readonly Hop[] => [
  ...path.hops,
  ...(path.end.kind === 'fork' ? path.end.branches.flatMap(allHops) : []),
]

/** What the expectation asks of, read off the trace. */
const answered = (trace: Trace, asked: Expectation): Partial<Record<keyof Expectation, unknown>> => {
  const [verdict] = verdictsOf(trace)
  const hops = allHops(trace)
  const policy = hops.flatMap(({ steps }) => steps).find(step => step.kind === 'policy')
  const sees = verdict === undefined || verdict.kind === 'undetermined' ? undefined : verdict.clientSees
  const all = {
    outcome: outcomeOf(trace),
    code: verdict?.kind === 'rejected' ? verdict.code : undefined,
    by: verdict?.kind === 'rejected' ? `${verdict.by.kind} ${verdict.by.name}` : undefined,
    policy: policy?.kind === 'policy' ? policy.detail.policy : undefined,
    to: verdict?.kind === 'delivered' ? `${verdict.to.kind} ${verdict.to.namespace}/${verdict.to.name}` : undefined,
    peer: verdict?.kind === 'delivered' ? verdict.peer.identity : undefined,
    missing: verdict?.kind === 'undetermined' ? verdict.missing[0].what : undefined,
    clientSees: sees?.kind,
    status: sees?.kind === 'response' ? sees.status : undefined,
    hops: hops.map(({ stage }) => stage),
    branches: trace.end.kind === 'fork' ? trace.end.branches.map((branch: Branch) => branch.probability) : [],
  }
  return Object.fromEntries(Object.keys(asked).map(key => [key, all[key as keyof typeof all]]))
}

describe('requests on recorded meshes', () => {
  const files = readdirSync(folder).filter(file => file.endsWith('.yaml'))
  test.each(files)('%s', async file => {
    const { snapshot, trace, expect: expected }: Case = parse(readFileSync(join(folder, file), 'utf8'))
    const result = await traceRequest({
      state: { kind: 'files', paths: [join(folder, snapshot)] },
      from: trace.from,
      to: trace.to,
      request: {
        ...(trace.method !== undefined && { method: trace.method }),
        ...(trace.headers !== undefined && { headers: Object.entries(trace.headers) }),
      },
    })
    expect(answered(result, expected)).toEqual(expected)
  })
})
