import type { Source } from '#trace/source.ts'
import type { Trace } from '#trace/trace.ts'
import type { World } from '#trace/world.ts'
import type { Tried } from '../result.ts'

/** What an invariant is held for. */
export interface Scope {
  /** Of the receivers, pods or records; the whole mesh without. */
  readonly namespace?: string
  /** Who sends; without, whoever could. */
  readonly sources?: readonly Source[]
  /** Sees every request that is followed, of which only those that decide are kept. */
  readonly seen: (trace: Trace) => void
}

export type Invariant = (world: World, scope: Scope) => Tried
