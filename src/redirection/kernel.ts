import type { BaseChain } from './chains.ts'
import type { Family } from './ip.ts'
import type { Hook } from './stage.ts'
import type { Surroundings } from './surroundings.ts'

/** A native nat chain and an iptables nat chain of one hook stand in one list; so do all filter chains. */
export interface Hooks {
  readonly filters: readonly BaseChain[]
  readonly nats: readonly BaseChain[]
  /** The same chains in the other order that is possible where the order of registration was not recorded. */
  readonly other:
    | { readonly disputed: BaseChain; readonly filters: readonly BaseChain[]; readonly nats: readonly BaseChain[] }
    | undefined
}

/** One network namespace, ready to be walked through. */
export interface Kernel extends Surroundings {
  hooks(family: Family, hook: Hook): Hooks
}
