import type { SocketAddress } from '#reason/address.ts'
import { isLoopback } from '#reason/address.ts'
import type { Approach, Capture } from './captured.ts'
import { ztunnelPorts } from './captured.ts'
import { membershipOf } from './membership.ts'
import { podPlace } from './place.ts'
import type { CaptureReason } from './step.ts'
import { step } from './step.ts'
import type { Assumption } from './trace.ts'
import { hop } from './trace.ts'
import type { Pod, World } from './world.ts'
import { ztunnelPresence } from './ztunnel-presence.ts'

interface Way {
  readonly direction: 'out' | 'in'
  /** The packet bears the address that the rules of istio-cni let pass. */
  readonly exempt?: boolean
}

/** What istio-cni's rules would do, for a pod whose rules were not recorded: listed under `assumed`. */
export const captureByEnrolment = (
  world: World,
  pod: Pod,
  to: SocketAddress,
  { direction, exempt = false }: Way,
  approach?: Approach,
): Capture => {
  const { captured, bypassesInbound, evidence } = membershipOf(world, pod)
  const ztunnel = ztunnelPresence(world, pod.node)
  const told = (outcome: Capture['outcome'], why: CaptureReason, assumes = true): Capture => {
    const isCaptured = outcome === 'captured' || outcome === 'dead'
    const unserved = outcome === 'dead' && ztunnel.runs === 'no' ? ztunnel.evidence : []
    const assumed: readonly Assumption[] = assumes
      ? [{ about: 'redirection', subject: `${pod.namespace}/${pod.name}` }]
      : []
    return {
      outcome,
      hop: hop(
        direction === 'out' ? 'redirect-out' : 'redirect-in',
        podPlace(pod),
        [
          step(
            'capture',
            {
              direction,
              outcome: outcome === 'captured' || outcome === 'exempt' || outcome === 'dead' ? outcome : 'passed',
              why,
              by: 'enrolment',
              ...(isCaptured && { port: portOf(direction, to) }),
            },
            [...(approach?.evidence ?? []), ...evidence, ...unserved],
          ),
        ],
        [...assumed, ...(approach?.assumed ?? [])],
      ),
    }
  }
  if (pod.hostNetwork) return told('passed', 'host-network', false)
  if (direction === 'out' && isLoopback(to.ip)) return told('passed', 'loopback', false)
  if (direction === 'out' && pod.ips.includes(to.ip)) return told('passed', 'own-address', false)
  if (captured === 'unknown') return told('unknown', 'not-enrolled')
  if (captured === 'no') return told('passed', 'not-enrolled')
  const alive = captured === 'pending' || ztunnel.runs === 'no' ? 'dead' : 'captured'
  if (direction === 'in' && to.port === ztunnelPorts.hbone) return told(alive, 'tunnel-port')
  if (exempt) return told('exempt', 'probe-address')
  if (direction === 'in' && bypassesInbound) return told('passed', 'bypass-inbound')
  return told(alive, 'enrolled')
}

const portOf = (direction: 'out' | 'in', to: SocketAddress): number => {
  if (direction === 'out') return ztunnelPorts.outbound
  return to.port === ztunnelPorts.hbone ? ztunnelPorts.hbone : ztunnelPorts.plaintext
}
