import { everyBranch } from './draw.ts'
import type { WaypointIndex } from './lookup.ts'
import type { WaypointBranch, WaypointDecision } from './outcome.ts'
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
  const run = (walk: Walk): WaypointBranch => {
    if (listener === undefined) walk.assume({ kind: 'missing', what: 'listener of port 15008', assumed: 'none' })
    const ending =
      listener === undefined ? ({ kind: 'closed', flags: [], hosts: [] } as const) : runOuter(walk, request, listener)
    const { probability } = walk.draws
    return {
      ...(probability === undefined ? {} : { probability }),
      assumptions: walk.assumptions,
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
