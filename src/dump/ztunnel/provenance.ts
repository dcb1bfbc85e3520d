import type { Provenance } from '#dump/provenance.ts'

export interface ZtunnelProvenance extends Provenance {
  readonly node: string | undefined
  readonly version: string
}
