import { e0 } from './e0.ts'
import { e1 } from './e1.ts'
import { e2 } from './e2.ts'
import { e3 } from './e3.ts'
import { e4 } from './e4.ts'
import type { EraShape } from './era.ts'

/** Shapes in the order in which they are tried (specs/ztunnel.md §3.2). */
export const ztunnelEras: readonly EraShape[] = [e2, e4, e0, e3, e1]
