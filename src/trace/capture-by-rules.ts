import type { SocketAddress } from '#reason/address.ts'
import type { Fate } from '#redirection/fate.ts'
import type { Approach, Capture } from './captured.ts'
import { probeAddress, ztunnelPorts } from './captured.ts'
import { podPlace } from './place.ts'
import type { Steering } from './rules.ts'
import { decidingRule, isRedirected, rulesHit } from './rules.ts'
import type { CaptureReason, Step } from './step.ts'
import { step } from './step.ts'
import { hop } from './trace.ts'
import type { Pod } from './world.ts'
import type { ZtunnelPresence } from './ztunnel-presence.ts'

interface Around {
  readonly direction: 'out' | 'in'
  readonly approach?: Approach
  /** Of the pod's node, where nobody recorded who listens in the pod. */
  readonly ztunnel?: ZtunnelPresence | undefined
}

/** What the recorded rules of the pod do with the packet, and which rules did it. */
export const captureByRules = (
  pod: Pod,
  to: SocketAddress,
  steering: Steering,
  { direction, approach, ztunnel }: Around,
): Capture => {
  const { fate } = steering
  const recorded = outcomeOf(steering, to, direction)
  const unserved = recorded === 'captured' && ztunnel?.runs === 'no'
  const outcome = unserved ? 'dead' : recorded
  const rule = decidingRule(steering)
  const exempt = outcome === 'passed' && steering.hits.length > 0 && approach?.peer.address === probeAddress
  const told: Step = step(
    'capture',
    {
      direction,
      outcome: exempt ? 'exempt' : toldOutcomes[outcome],
      why: reasonOf(pod, to, steering, direction, exempt),
      by: 'rules',
      ...(rule !== undefined && { rule }),
      ...((outcome === 'captured' || outcome === 'dead') && { port: portOf(fate, to, direction) }),
    },
    [...(approach?.evidence ?? []), ...rulesHit(steering), ...(unserved ? ztunnel.evidence : [])],
  )
  return {
    outcome: exempt ? 'exempt' : outcome,
    hop: hop(direction === 'out' ? 'redirect-out' : 'redirect-in', podPlace(pod), [told], approach?.assumed ?? []),
    ...(fate.kind === 'undetermined' && { missing: fate.missing.map(({ text }) => text).join('; ') }),
  }
}

const toldOutcomes = {
  captured: 'captured',
  dead: 'dead',
  passed: 'passed',
  exempt: 'exempt',
  lost: 'lost',
  reset: 'reset',
  unknown: 'passed',
} as const

const outcomeOf = (steering: Steering, to: SocketAddress, direction: 'out' | 'in'): Capture['outcome'] => {
  const { fate } = steering
  switch (fate.kind) {
    case 'arrives': {
      const { local, listener } = fate.at
      if (local.port === to.port && !isRedirected(steering) && local.port !== ztunnelPorts.hbone) return 'passed'
      const byZtunnel = listener === undefined || listener.startsWith('ztunnel')
      return byZtunnel && takes(direction).includes(local.port) ? 'captured' : 'unknown'
    }
    case 'leaves':
      return 'passed'
    case 'refused':
      return fate.by === 'rule' || isRedirected(steering) || isTunnelPort(to, direction) ? 'dead' : 'passed'
    case 'lost':
    case 'unreachable':
      return 'lost'
    case 'reset':
      return 'reset'
    case 'undetermined':
      return 'unknown'
  }
}

const takes = (direction: 'out' | 'in'): readonly number[] =>
  direction === 'out' ? [ztunnelPorts.outbound] : [ztunnelPorts.plaintext, ztunnelPorts.hbone]

const isTunnelPort = (to: SocketAddress, direction: 'out' | 'in'): boolean =>
  direction === 'in' && to.port === ztunnelPorts.hbone

const portOf = (fate: Fate, to: SocketAddress, direction: 'out' | 'in'): number => {
  if (fate.kind === 'arrives') return fate.at.local.port
  if (direction === 'out') return ztunnelPorts.outbound
  return to.port === ztunnelPorts.hbone ? ztunnelPorts.hbone : ztunnelPorts.plaintext
}

const reasonOf = (
  pod: Pod,
  to: SocketAddress,
  { fate }: Steering,
  direction: 'out' | 'in',
  exempt: boolean,
): CaptureReason => {
  if (exempt) return 'probe-address'
  return direction === 'out' && fate.kind === 'arrives' && pod.ips.includes(to.ip) ? 'own-address' : 'rules'
}
