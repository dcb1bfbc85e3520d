import type { SocketAddress } from '#reason/address.ts'
import type { Fate } from '#redirection/fate.ts'
import { deviceTo, leavesForZtunnel } from '#redirection/node-topology.ts'
import type { Packet } from '#redirection/packet.ts'
import { uplinkOf } from '#redirection/traffic-kinds.ts'
import type { Approach, Capture } from './captured.ts'
import { ztunnelPorts } from './captured.ts'
import { familyOf } from './names.ts'
import { rulesHit, type Steering, steerIn } from './rules.ts'
import { step } from './step.ts'
import type { Assumption } from './trace.ts'
import { hop } from './trace.ts'
import type { RedirectingNode } from './world.ts'

/** What a node of istio-cni 1.18 to 1.20 does with a connection that one of its pods opens; undefined where nothing tells by which device it comes. */
export const captureOutByNode = (around: RedirectingNode, ip: string, to: SocketAddress): Capture | undefined => {
  const origin = startOf(around, ip)
  if (origin === undefined) return undefined
  return told(around, 'out', to, steered(around, origin, { source: ip, to }))
}

/** The same for a connection to one of its pods: from the node itself, from another pod of it, or from elsewhere. */
export const captureInByNode = (
  around: RedirectingNode,
  from: { readonly node: true } | { readonly pod: string } | { readonly address: string },
  to: SocketAddress,
  approach: Approach,
): Capture | undefined => {
  const { kernel } = around
  if ('node' in from) {
    const steering = steered(around, { kind: 'local', netns: kernel.name }, { to })
    const capture = told(around, 'in', to, steering, approach)
    const seen = senderOf(steering.fate)
    return { ...capture, ...(seen !== undefined && { peer: { address: seen } }) }
  }
  const dev = uplinkOf(kernel, familyOf(to.ip))?.name
  const origin =
    'pod' in from
      ? startOf(around, from.pod)
      : dev === undefined
        ? undefined
        : ({ kind: 'input', netns: kernel.name, dev } as const)
  if (origin === undefined) return undefined
  const source = 'pod' in from ? from.pod : from.address
  return told(around, 'in', to, steered(around, origin, { source, to }), approach)
}

/** Whether a DNS query of the pod comes to ztunnel. */
export const queryByNode = (around: RedirectingNode, ip: string, resolver: string): Steering | undefined => {
  const origin = startOf(around, ip)
  if (origin === undefined) return undefined
  const query = { protocol: 'udp', source: ip, destination: resolver, port: 53, origin } as const
  return steerIn(around.topology, query)
}

/** Did what was sent to the resolver come to ztunnel, or go on to it? */
export const comesToZtunnel = (around: RedirectingNode, fate: Fate): boolean =>
  fate.kind === 'leaves'
    ? leavesForZtunnel(around.kernel, fate)
    : fate.kind === 'arrives' && fate.at.netns === around.ztunnel

/** The pod's own namespace where it was recorded; else what comes out of it by its device on the node. */
const startOf = ({ netns, kernel, topology }: RedirectingNode, ip: string): Packet['origin'] | undefined => {
  const dev = deviceTo(netns, ip)
  if (dev === undefined) return undefined
  const far = topology.farEnd(kernel.name, dev)
  return far === undefined ? { kind: 'input', netns: kernel.name, dev } : { kind: 'local', netns: far.kernel.name }
}

const steered = (
  { topology }: RedirectingNode,
  origin: Packet['origin'],
  { source, to }: { readonly source?: string; readonly to: SocketAddress },
): Steering =>
  steerIn(topology, {
    protocol: 'tcp',
    destination: to.ip,
    port: to.port,
    ...(source !== undefined && { source }),
    origin,
  })

const told = (
  around: RedirectingNode,
  direction: 'out' | 'in',
  to: SocketAddress,
  steering: Steering,
  approach?: Approach,
): Capture => {
  const { fate } = steering
  const outcome = outcomeOf(around, fate)
  const rule = actingRule(around, steering)
  const captured = outcome === 'captured' || outcome === 'dead'
  const place = { kind: 'node', name: nodeName(around) } as const
  return {
    outcome,
    hop: hop(
      direction === 'out' ? 'redirect-out' : 'redirect-in',
      place,
      [
        step(
          'capture',
          {
            direction,
            outcome: outcome === 'dead' ? 'captured' : outcome === 'unknown' ? 'passed' : outcome,
            why: 'rules',
            by: 'rules',
            ...(rule !== undefined && { rule }),
            ...(captured && { port: portOf(fate, direction, to) }),
          },
          [...(approach?.evidence ?? []), ...rulesHit(steering)],
        ),
      ],
      [...(approach?.assumed ?? []), ...assumedOf(around, fate)],
    ),
    ...(fate.kind === 'undetermined' && { missing: fate.missing.map(({ text }) => text).join('; ') }),
  }
}

const outcomeOf = (around: RedirectingNode, fate: Fate): Capture['outcome'] => {
  switch (fate.kind) {
    case 'arrives':
    case 'leaves':
      return comesToZtunnel(around, fate) ? 'captured' : 'passed'
    case 'refused':
      return fate.netns === around.ztunnel || fate.by === 'rule' ? 'dead' : 'passed'
    case 'reset':
      return 'reset'
    case 'lost':
    case 'unreachable':
      return 'lost'
    case 'undetermined':
      return 'unknown'
  }
}

/** What ztunnel's own namespace would do with it was not recorded. */
const assumedOf = (around: RedirectingNode, fate: Fate): readonly Assumption[] =>
  fate.kind === 'leaves' && comesToZtunnel(around, fate)
    ? [{ about: 'redirection', subject: `ztunnel on ${nodeName(around)}` }]
    : []

const portOf = (fate: Fate, direction: 'out' | 'in', to: SocketAddress): number => {
  if (fate.kind === 'arrives' && fate.at.listenerPort !== undefined) return fate.at.listenerPort
  if (direction === 'out') return ztunnelPorts.outbound
  return to.port === ztunnelPorts.hbone ? ztunnelPorts.hbone : ztunnelPorts.plaintext
}

/** The rule or program of the node that chose the way, as `mangle ztunnel-PREROUTING #15`. */
const actingRule = ({ kernel }: RedirectingNode, { hits }: Steering): string | undefined => {
  const own = hits.filter(({ packet, netns }) => packet === 'request' && netns === kernel.name)
  const hit =
    own.find(({ table, evidence }) => table === 'tc' || (evidence.from === 'rule' && marks.test(evidence.text))) ??
    own.at(-1)
  return hit === undefined ? undefined : `${hit.table} ${hit.chain} #${hit.number}`
}

const marks = /-j MARK/

/** As whom the node's own packet stands before the pod. */
const senderOf = (fate: Fate): string | undefined =>
  fate.kind === 'leaves' ? fate.from.address : fate.kind === 'arrives' ? fate.at.peer.address : undefined

const nodeName = ({ netns: { subject } }: RedirectingNode): string =>
  subject.kind === 'node' ? (subject.node ?? '') : ''
