import type { Mesh } from '#model/mesh.ts'
import type { Trace } from '#trace/trace.ts'
import { type World, worldOf } from '#trace/world.ts'
import type { Holdings } from './holdings.ts'
import { type Places, placesOf, wishesFor } from './places.ts'

/** Source, waypoint, destination, and what lies behind: more rounds than any chain of proxies that makes sense. */
const rounds = 8

/** Brings the state of a mesh place by place. */
export interface Supply {
  /** All that was brought so far. */
  mesh(): Mesh
  /** Brings what these places have and was not brought before; false when that is nothing. */
  fetch(places: Places): Promise<boolean>
}

/** A trace, and the world that it went through. */
export interface Followed {
  readonly trace: Trace
  readonly world: World
}

/**
 * Follows a request round by round, with the state of what the trace before met or lacked, until a round brings nothing
 * new.
 */
export const followAlong = async (supply: Supply, trace: (world: World) => Trace): Promise<Followed> => {
  for (let round = 1; ; round++) {
    const world = worldOf(supply.mesh())
    const result = trace(world)
    if (round === rounds || !(await supply.fetch(placesOf(result, world)))) return { trace: result, world }
  }
}

/** The same of files. */
export const fromFiles = (holdings: Holdings): Supply => ({
  mesh: () => holdings.mesh(),
  fetch: places => holdings.fetch(wishesFor(places)),
})
