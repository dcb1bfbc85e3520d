import type { Outline } from '#decode/ztunnel/outline.ts'
import type { Records } from '#decode/ztunnel/sections.ts'
import type { ZtunnelEra } from '#model/ztunnel.ts'

/**
 * A shape of config dump: how to tell it and where its lists live. Readers of records accept every spelling, because real
 * files mix eras, so that an era has no readers of its own.
 */
export interface EraShape {
  readonly era: ZtunnelEra
  /** The minor releases that print this shape; the newest is open for the newest era. */
  readonly minors: readonly [oldest: number, newest: number]
  recognises(outline: Outline): boolean
  /** The members that hold each kind, the most complete first; the first that is present is read. */
  readonly sections: { readonly [K in keyof Records]?: readonly string[] }
  /** The members that are ztunnel's own indexes by address, where they are printed. */
  readonly owners?: { readonly addresses: string; readonly vips: string }
  /** What this shape does not tell, in words. */
  lost(outline: Outline): readonly string[]
}
