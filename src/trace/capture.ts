import { enrolmentOf } from './enrolment.ts'
import type { Source } from './source.ts'
import type { Assumption, CaptureReason, Hop, Step } from './trace.ts'
import { hop, step } from './trace.ts'
import type { Pod, World } from './world.ts'

/** Ports of ztunnel in a pod's network namespace (specs/ztunnel.md §1.1). */
export const ztunnelPorts = { outbound: 15001, plaintext: 15006, hbone: 15008 } as const

/** The source address of the node's own traffic to a captured pod, which the pod's rules let pass (specs/redirection.md). */
export const probeAddress = '169.254.7.127'

/** Where the rules of a pod send a packet. `dead`: redirected to a port without a listener. */
export interface Capture {
  readonly outcome: 'captured' | 'passed' | 'exempt' | 'dead' | 'unknown'
  readonly hop: Hop
}

/** Does the pod's own traffic to `ip` reach its ztunnel? Told by enrolment where no rules were collected. */
export const captureOut = (world: World, pod: Pod, ip: string): Capture => {
  const place = { kind: 'pod', name: `${pod.namespace}/${pod.name}` } as const
  const told = (outcome: Capture['outcome'], why: CaptureReason, assumed: readonly Assumption[] = []): Capture => ({
    outcome,
    hop: hop('redirect-out', place, [captureStep('out', outcome, why, evidence)], assumed),
  })
  const { captured, evidence } = enrolmentOf(world, pod)
  if (pod.hostNetwork) return told('passed', 'host-network')
  if (ip === '127.0.0.1' || ip === '::1') return told('passed', 'loopback')
  if (pod.ips.includes(ip)) return told('passed', 'own-address')
  const assumed: readonly Assumption[] = [{ about: 'redirection', subject: place.name }]
  if (captured === 'unknown') return told('unknown', 'not-enrolled', assumed)
  if (captured === 'no') return told('passed', 'not-enrolled', assumed)
  return told(isDead(world, pod, captured) ? 'dead' : 'captured', 'enrolled', assumed)
}

/** Does traffic that arrives for the pod reach its ztunnel, and on which port? */
export const captureIn = (world: World, pod: Pod, port: number, from: Source): Capture => {
  const place = { kind: 'pod', name: `${pod.namespace}/${pod.name}` } as const
  const { captured, bypassesInbound, evidence } = enrolmentOf(world, pod)
  const assumed: readonly Assumption[] = [{ about: 'redirection', subject: place.name }]
  const told = (outcome: Capture['outcome'], why: CaptureReason, more: readonly Assumption[] = []): Capture => ({
    outcome,
    hop: hop('redirect-in', place, [captureStep('in', outcome, why, evidence, port)], [...assumed, ...more]),
  })
  if (captured === 'unknown') return told('unknown', 'not-enrolled')
  if (captured === 'no') return told('passed', 'not-enrolled')
  const alive = isDead(world, pod, captured) ? 'dead' : 'captured'
  if (port === ztunnelPorts.hbone) return told(alive, 'tunnel-port')
  if (isOnNodeOf(from, pod)) return told('exempt', 'probe-address', [{ about: 'probe-exemption', subject: pod.node }])
  if (bypassesInbound) return told('passed', 'bypass-inbound')
  return told(alive, 'enrolled')
}

/** The rules are there but nobody listens: enrolment is pending, or the node has no running ztunnel. */
const isDead = (world: World, pod: Pod, captured: 'yes' | 'pending'): boolean =>
  captured === 'pending' || nodeLacksZtunnel(world, pod.node)

const nodeLacksZtunnel = (world: World, node: string): boolean => {
  if (world.ztunnelOn(node)?.substitute === false) return false
  const systemPods = world.mesh.kubernetes
    .of('Pod')
    .filter(pod => pod.labels.app === 'istiod' || pod.namespace === 'istio-system')
  if (systemPods.length === 0) return false
  return !world.mesh.kubernetes
    .of('Pod')
    .some(pod => pod.labels.app === 'ztunnel' && pod.spec.nodeName === node && pod.status.phase === 'Running')
}

const isOnNodeOf = (from: Source, pod: Pod): boolean =>
  (from.kind === 'node' && from.node === pod.node) ||
  (from.kind === 'pod' && from.pod.hostNetwork && from.pod.node === pod.node)

const captureStep = (
  direction: 'out' | 'in',
  outcome: Capture['outcome'],
  why: CaptureReason,
  evidence: Step['evidence'],
  port?: number,
): Step =>
  step(
    'capture',
    {
      direction,
      outcome: outcome === 'captured' || outcome === 'dead' ? 'captured' : outcome === 'exempt' ? 'exempt' : 'passed',
      why,
      by: 'enrolment',
      ...((outcome === 'captured' || outcome === 'dead') && {
        port:
          direction === 'out'
            ? ztunnelPorts.outbound
            : port === ztunnelPorts.hbone
              ? ztunnelPorts.hbone
              : ztunnelPorts.plaintext,
      }),
    },
    evidence,
  )
