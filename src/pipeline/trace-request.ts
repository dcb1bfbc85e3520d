import { type ExplainedTrace, findingsForTrace } from '#check/for-trace.ts'
import type { DecodeIssue } from '#model/issue.ts'
import { type Moment, momentOf } from '#model/moment.ts'
import type { State } from '#model/state.ts'
import { follow } from '#trace/follow.ts'
import { lossesOf } from '#trace/losses.ts'
import { parseTarget, type Request, type RequestOptions } from '#trace/request.ts'
import { resolveSource, type Source } from '#trace/source.ts'
import type { Loss, Trace } from '#trace/trace.ts'
import type { World } from '#trace/world.ts'
import type { DecideOptions } from '#waypoint/request.ts'
import { followIn } from './collect-along.ts'
import { withCluster } from './collect-state.ts'
import { type Followed, followAlong, fromFiles } from './follow-along.ts'
import { Holdings } from './holdings.ts'

export interface TraceQuestion {
  readonly state: State
  readonly from: string
  readonly to: string
  readonly namespace?: string
  readonly request: RequestOptions
  /** The present, for tokens that expire; a snapshot has its own time. */
  readonly present?: Moment
  /** Claims that stand for a token whose keys are not in the dump. */
  readonly jwtClaims?: DecideOptions['jwtClaims']
}

export type TraceAnswer = ExplainedTrace & {
  readonly moment?: Moment | undefined
  readonly issues: readonly DecodeIssue[]
  /** What there is no verdict without, and the cluster did not give. */
  readonly losses: readonly Loss[]
}

/** `trace FROM TO`: collect → decode → model → trace, then check. Of a cluster, or of many files, only what the request meets. */
export const traceRequest = async (question: TraceQuestion): Promise<TraceAnswer> => {
  const { trace, world } = await followed(question)
  const [{ runChecks }, { checks }] = await Promise.all([import('#check/check.ts'), import('#check/checks.ts')])
  const findings = findingsForTrace(runChecks(world, checks), trace)
  return { ...trace, findings, moment: momentIn(world, question), issues: world.mesh.issues, losses: lossesOf(trace) }
}

const followed = async (question: TraceQuestion): Promise<Followed> => {
  const target = parseTarget(question.to, question.request)
  const { state } = question
  const trace = (world: World) => traceIn(world, target, question)
  return state.kind === 'cluster'
    ? withCluster(state.cluster, cluster => followIn(cluster, trace))
    : followAlong(fromFiles(await Holdings.at(state.paths)), trace)
}

export const traceIn = (world: World, target: Request, question: Omit<TraceQuestion, 'state' | 'to'>): Trace =>
  follow(world, sourceIn(world, target, question), target, toldIn(world, question))

const momentIn = ({ mesh }: World, { present }: Pick<TraceQuestion, 'present'>): Moment | undefined =>
  present && momentOf(present, mesh.takenAt)

const toldIn = (world: World, question: Pick<TraceQuestion, 'present' | 'jwtClaims'>): DecideOptions => {
  const now = momentIn(world, question)?.at.getTime()
  const { jwtClaims } = question
  return { ...(now !== undefined && { now }), ...(jwtClaims !== undefined && { jwtClaims }) }
}

const sourceIn = (
  world: World,
  { sourceIp }: Request,
  { from, namespace }: Pick<TraceQuestion, 'from' | 'namespace'>,
): Source =>
  resolveSource(world, from, {
    ...(namespace !== undefined && { namespace }),
    ...(sourceIp !== undefined && { sourceIp }),
  })
