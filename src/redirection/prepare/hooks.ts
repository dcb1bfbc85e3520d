import type { BaseChain } from '../chains.ts'
import type { Hooks } from '../kernel.ts'
import type { Hook } from '../stage.ts'

/**
 * Sorts one hook's chains by priority; among equals the later registered runs first (specs/redirection.md §6.3). Chains
 * of iptables-legacy have no recorded place: where that matters, the other order is given too.
 */
export const sortedHooks = (chains: readonly BaseChain[], hook: Hook): Hooks => {
  const here = chains.filter(chain => chain.hook === hook)
  const filters = here.filter(({ type }) => type !== 'nat')
  const nats = here.filter(({ type }) => type === 'nat')
  const order = { filters: filters.toSorted(legacyFirst), nats: nats.toSorted(legacyFirst) }
  const disputed = disputedOf(order.filters) ?? disputedOf(order.nats)
  if (disputed === undefined) return { ...order, other: undefined }
  return {
    ...order,
    other: { disputed, filters: filters.toSorted(legacyLast), nats: nats.toSorted(legacyLast) },
  }
}

const ranked =
  (unknown: number) =>
  (left: BaseChain, right: BaseChain): number =>
    left.priority - right.priority || (right.registered ?? unknown) - (left.registered ?? unknown)

const legacyFirst = ranked(Number.MAX_SAFE_INTEGER)
const legacyLast = ranked(-1)

/** Chains without rules and with policy accept do nothing in any order. */
const disputedOf = (chains: readonly BaseChain[]): BaseChain | undefined => {
  const busy = chains.filter(({ chain, policy }) => chain.size > 0 || policy === 'drop')
  return busy.find((chain, index) => {
    const next = busy[index + 1]
    if (next?.priority !== chain.priority) return false
    return (chain.registered === undefined) !== (next.registered === undefined)
  })
}
