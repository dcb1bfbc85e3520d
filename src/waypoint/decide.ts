import { everyBranch } from './draw.ts'
import { type ListenerRequest, runListener } from './front.ts'
import type { WaypointIndex } from './lookup.ts'
import type { Ending, WaypointBranch, WaypointDecision } from './outcome.ts'
import { outerListener, runOuter } from './outer.ts'
import type { DecideOptions, WaypointRequest } from './request.ts'
import { Walk } from './walk.ts'

const defaultBranchLimit = 256

/** What the waypoint does with one request: every way that it may go, with its steps and chances. */
export const decideWaypoint = (
  index: WaypointIndex,
  request: WaypointRequest,
  options: DecideOptions = {},
): WaypointDecision => {
  const listener = outerListener(index)
  return decide(index, options, walk => {
    if (listener !== undefined) return runOuter(walk, request, listener)
    walk.assume({ kind: 'missing', what: 'listener of port 15008', assumed: 'none' })
    return { kind: 'closed', flags: [], hosts: [] }
  })
}

/** What a gateway or sidecar does with a connection that comes to one of its listeners. */
export const decideListener = (
  index: WaypointIndex,
  request: ListenerRequest,
  options: DecideOptions = {},
): WaypointDecision => decide(index, options, walk => runListener(walk, request))

const decide = (index: WaypointIndex, options: DecideOptions, end: (walk: Walk) => Ending): WaypointDecision => {
  const run = (walk: Walk): WaypointBranch => {
    const ending = end(walk)
    const { probability } = walk.draws
    return {
      ...(probability === undefined ? {} : { probability }),
      assumptions: walk.assumptions,
      unknownResponseHeaders: walk.unknownResponseHeaders,
      steps: walk.steps,
      reached: walk.reached,
      ending,
      rbacMetadata: walk.rbacMetadata,
    }
  }
  const { results, complete } = everyBranch(
    draws => run(new Walk(index, draws, options)),
    options.branchLimit ?? defaultBranchLimit,
  )
  const { text, from } = index.dump.server
  return {
    branches: results,
    complete,
    envoy: { version: text, assumed: from === 'assumed' || from === 'istio_version' },
  }
}
