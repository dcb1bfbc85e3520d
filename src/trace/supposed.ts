import type { HiddenFact } from '#ztunnel/walk.ts'
import type { Assumption, AssumptionKind } from './trace.ts'

const abouts: Readonly<Partial<Record<HiddenFact['code'], AssumptionKind>>> = {
  'lost-address': 'address-not-lost',
  'former-endpoint': 'endpoint-not-left',
  'deleted-sibling': 'vip-not-lost',
}

/** Rare facts inside a ztunnel that no dump shows, and that a decision of its supposes not to be so. */
export const supposed = ({ unless }: { readonly unless: readonly HiddenFact[] }): readonly Assumption[] =>
  unless.flatMap(({ code, subject }) => {
    const about = abouts[code]
    return about === undefined ? [] : [{ about, subject }]
  })
