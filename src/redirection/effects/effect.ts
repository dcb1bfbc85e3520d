import type { Part, Verdict } from '../chains.ts'
import type { Missing } from '../fate.ts'
import type { Skb } from '../skb.ts'
import type { Stage } from '../stage.ts'

export type Act = (skb: Skb, stage: Stage) => Verdict | Missing | 'break' | undefined

export const effect = (act: Act): Part => ({ kind: 'effect', act })

export const accept: Verdict = { kind: 'accept' }
export const drop: Verdict = { kind: 'drop' }
export const verdict =
  (of: Verdict): Act =>
  () =>
    of
