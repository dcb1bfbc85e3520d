import type { TestPart } from '../chains.ts'
import type { Missing } from '../fate.ts'
import type { Skb } from '../skb.ts'
import type { Stage } from '../stage.ts'

export type Holds = (skb: Skb, stage: Stage) => boolean | Missing

export const test = (holds: Holds): TestPart => ({ kind: 'test', holds })

/** `!` turns yes into no; what is unknown stays unknown. */
export const unless = (inverted: boolean, holds: Holds): Holds =>
  inverted
    ? (skb, stage) => {
        const answer = holds(skb, stage)
        return typeof answer === 'boolean' ? !answer : answer
      }
    : holds

/** A test that nobody can answer from a dump. */
export const unknowable =
  (what: Missing): Holds =>
  () =>
    what
