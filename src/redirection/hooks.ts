import { type BaseChain, type Walked, walk } from './chains.ts'
import type { Conntrack } from './conntrack.ts'
import type { Hooks, Kernel } from './kernel.ts'
import { destinationMoved, type Manip, translate } from './nat.ts'
import type { Skb, Tracking } from './skb.ts'
import type { Hook, Stage } from './stage.ts'
import { missing } from './stage.ts'

/** Priorities of the kernel's own stations (specs/redirection.md §6.1). */
const conntrackPriority = -200
const natPriority: Readonly<Record<Manip, number>> = { destination: -100, source: 100 }

export type HookEnd = Exclude<Walked, { kind: 'accept' }>

export interface HookRun {
  readonly kernel: Kernel
  readonly stage: Stage
  readonly conntrack: Conntrack
  /** Asks for the output route again; undefined when there is none. */
  readonly reroute?: (skb: Skb) => HookEnd | undefined
}

const manipAt: Readonly<Record<Hook, Manip | undefined>> = {
  prerouting: 'destination',
  output: 'destination',
  input: 'source',
  postrouting: 'source',
  forward: undefined,
}

/** Filter chains by priority, with conntrack and nat at their fixed places. */
export const runHook = (skb: Skb, hook: Hook, run: HookRun): HookEnd | undefined => {
  const { kernel } = run
  const { filters, nats } = chosenOrder(kernel.hooks(skb.family, hook), run)
  const manip = manipAt[hook]
  const tracks = kernel.tracks(skb.family) && (hook === 'prerouting' || hook === 'output')
  let tracked = !tracks
  let translated = manip === undefined || !kernel.tracks(skb.family)
  for (const base of filters) {
    if (!tracked && base.priority > conntrackPriority) {
      run.conntrack.track(skb)
      tracked = true
    }
    if (!translated && manip !== undefined && base.priority > natPriority[manip]) {
      translated = true
      const end = runNat(skb, hook, manip, nats, run)
      if (end !== undefined) return end
    }
    const end = runFilter(base, skb, run)
    if (end !== undefined) return end
  }
  if (!tracked) run.conntrack.track(skb)
  if (translated || manip === undefined) return undefined
  return runNat(skb, hook, manip, nats, run)
}

/** Both possible orders are followed; where they end differently, the answer is open. */
const chosenOrder = (hooks: Hooks, { stage }: HookRun): Pick<Hooks, 'filters' | 'nats'> => {
  const { other } = hooks
  if (other === undefined) return hooks
  const open = missing('registration-order', other.disputed.table, other.disputed.evidence)
  return stage.choices.either(`order in ${stage.kernel.name}`, open) === 0 ? hooks : other
}

const runFilter = (base: BaseChain, skb: Skb, run: HookRun): HookEnd | undefined => {
  const { mark, src, dst } = skb
  const walked = walk(base, skb, run.stage)
  if (walked.kind !== 'accept') return walked
  const moved = skb.mark !== mark || skb.src !== src || skb.dst !== dst
  return base.type === 'route' && moved ? run.reroute?.(skb) : undefined
}

/** nf_nat_oif_changed: the lent address is not that of the device by which this packet would leave. */
const leavesElsewhere = ({ oif }: Skb, { connection, direction }: Tracking): boolean =>
  direction === 'original' && connection.masqueraded !== undefined && connection.masqueraded !== oif

/**
 * Only the first packet of a connection asks the rules, once per half: a connection that began here has decided its
 * destination in OUTPUT and does not ask PREROUTING when it loops over lo (§6.3). The first chain that binds wins.
 */
const runNat = (skb: Skb, hook: Hook, manip: Manip, nats: readonly BaseChain[], run: HookRun): HookEnd | undefined => {
  const tracking = skb.tracking
  if (tracking === undefined) return undefined
  const { decided } = tracking.connection
  if (hook === 'postrouting' && leavesElsewhere(skb, tracking)) {
    run.conntrack.kill(tracking.connection)
    return { kind: 'drop' }
  }
  if (tracking.state === 'NEW' && !decided[manip]) {
    for (const base of nats) {
      const walked = walk(base, skb, run.stage)
      if (walked.kind !== 'accept') return walked
      if (decided[manip]) break
    }
    decided[manip] = true
  }
  translate(skb, manip)
  return hook === 'output' && destinationMoved(skb) ? run.reroute?.(skb) : undefined
}
