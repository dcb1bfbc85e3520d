import type { SocketAddress } from '#reason/address.ts'
import { socketText } from '#reason/address.ts'
import { intoSidecar, sidecarBefore } from './behind-sidecar.ts'
import { captureIn } from './capture.ts'
import { ztunnelPorts } from './captured.ts'
import { deliver } from './deliver.ts'
import { admitPlain } from './inbound.ts'
import { crossNetwork, dropped } from './network-policy.ts'
import { outside } from './outside.ts'
import type { Seen } from './step.ts'
import { step } from './step.ts'
import { stopped } from './stopped.ts'
import type { Path } from './trace.ts'
import { after, ends, hop } from './trace.ts'
import type { View, Walk } from './walk.ts'
import { behindZtunnel } from './walk.ts'
import type { Pod } from './world.ts'

/** A plain TCP connection reaches the owner of its destination address. */
export const arrivePlain = (walk: Walk, to: SocketAddress, peer: Seen, view: View): Path =>
  crossNetwork(
    walk,
    to,
    crossing => after(crossing, dropped(crossing.place, view.silent)),
    () => enter(walk, to, peer, view),
  )

const enter = (walk: Walk, to: SocketAddress, peer: Seen, view: View): Path => {
  const pod = walk.world.podAt(to.ip)
  if (pod === undefined) return arriveAtNode(walk, to, peer, view)
  if (pod.object === undefined && pod.workload !== undefined && !isPod(pod)) return outside(walk, to)
  const capture = captureIn(walk.world, pod, to, { source: walk.source, peer, dialled: walk.dialled })
  const seen = capture.peer ?? peer
  const sidecar = capture.outcome === 'captured' ? undefined : sidecarBefore(walk.world, pod, to, seen)
  if (sidecar !== undefined) return intoSidecar(walk, pod, sidecar, to, seen, view)
  const end = stopped(pod, capture, view)
  if (end !== undefined) return end
  if (capture.outcome === 'captured' && to.port === ztunnelPorts.hbone)
    return after(capture.hop, plainToTunnelPort(pod, to, seen))
  if (capture.outcome === 'captured' || (capture.outcome === 'exempt' && ownPorts.includes(to.port)))
    return after(capture.hop, admitPlain(walk, pod, to, seen, behindZtunnel))
  return after(capture.hop, deliver(walk, pod, to.port, to.ip, seen, view))
}

/** Listeners that ztunnel itself has on every address of the pod. */
const ownPorts: readonly number[] = [ztunnelPorts.outbound, ztunnelPorts.plaintext]

/** Only TLS is understood on the tunnel port: the client gets the bytes of an alert (specs/ztunnel.md §5.1 I1). */
const plainToTunnelPort = (pod: Pod, to: SocketAddress, peer: Seen): Path => {
  const place = { kind: 'ztunnel', name: pod.node } as const
  const log = {
    ...(peer.address !== undefined && { 'src.addr': peer.address }),
    'dst.addr': socketText(to.ip, to.port),
    direction: 'inbound',
  }
  return after(
    hop('inbound', place, [step('refusal', { code: 'tls-handshake', error: 'tls handshake error', log })]),
    ends({
      kind: 'rejected',
      by: place,
      code: 'tls-handshake',
      error: 'tls handshake error',
      clientSees: { kind: 'tls-error' },
    }),
  )
}

/** A node's address belongs to its host-network pods; another address is outside the mesh. */
const arriveAtNode = (walk: Walk, to: SocketAddress, peer: Seen, view: View): Path => {
  const node = walk.world.nodeAt(to.ip)
  const owner = walk.world.pods.find(
    pod => pod.hostNetwork && (pod.node === node || pod.ips.includes(to.ip)) && listensOn(pod, to.port),
  )
  if (owner === undefined) return outside(walk, to)
  return deliver(walk, owner, to.port, to.ip, peer, view)
}

const listensOn = (pod: Pod, port: number): boolean => {
  const containers = pod.object?.spec.containers
  return (
    Array.isArray(containers) &&
    containers.some(
      container =>
        Array.isArray(container?.ports) &&
        container.ports.some((entry: { containerPort?: number }) => entry.containerPort === port),
    )
  )
}

/** Workload entries and other endpoints outside the cluster have no pod's identifier (specs/ztunnel.md §4.2). */
const isPod = (pod: Pod): boolean => pod.workload?.uid.includes('//Pod/') ?? false
