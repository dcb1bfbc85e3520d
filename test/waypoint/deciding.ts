import { expect } from 'vitest'
import { decideWaypoint } from '#waypoint/decide.ts'
import type { WaypointIndex } from '#waypoint/lookup.ts'
import type { Ending, WaypointBranch } from '#waypoint/outcome.ts'
import type { DecideOptions, WaypointRequest } from '#waypoint/request.ts'

export const toC = { match: { prefix: '/' }, route: { cluster: 'c' } }

export const branchesOf = (
  index: WaypointIndex,
  request: WaypointRequest,
  options?: DecideOptions,
): readonly WaypointBranch[] => decideWaypoint(index, request, options).branches

/** The branch of a request that can go one way only. */
export const only = (index: WaypointIndex, request: WaypointRequest, options?: DecideOptions): WaypointBranch => {
  const branches = branchesOf(index, request, options)
  expect(branches).toHaveLength(1)
  const [branch] = branches
  if (branch === undefined) throw new Error('no branch')
  return branch
}

export const forwarded = (ending: Ending) => {
  if (ending.kind !== 'forwarded') throw new Error(`not forwarded: ${JSON.stringify(ending)}`)
  return ending
}
