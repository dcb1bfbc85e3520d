import type { SocketAddress } from '#reason/address.ts'
import { socketText } from '#reason/address.ts'
import { captureIn } from './capture.ts'
import { runsProxy } from './front-proxy.ts'
import { admitTunnel } from './inbound.ts'
import { listenerOf } from './listener.ts'
import { crossNetwork, dropped } from './network-policy.ts'
import { podBehind } from './other-identity.ts'
import { inOrder, step } from './step.ts'
import { stopped } from './stopped.ts'
import type { Path } from './trace.ts'
import { after, ends, undetermined } from './trace.ts'
import type { Tunnel, Walk } from './walk.ts'
import { throughWaypoint } from './waypoint.ts'
import type { Pod } from './world.ts'

/** The owner of the next hop's address takes the tunnel: its ztunnel, a waypoint's Envoy, or nobody. */
export const arriveTunnel = (walk: Walk, to: SocketAddress, tunnel: Tunnel): Path =>
  crossNetwork(
    walk,
    to,
    crossing =>
      after(
        { ...crossing, steps: inOrder([...crossing.steps, lost]) },
        dropped(crossing.place, tunnel.view.silent, noAnswer),
      ),
    () => enter(walk, to, tunnel),
  )

const noAnswer = 'connection timed out, maybe a NetworkPolicy is blocking HBONE port 15008: deadline has elapsed'

const lost = step('refusal', { code: 'network-policy', error: noAnswer, log: {}, clientError: noAnswer })

const enter = (walk: Walk, to: SocketAddress, tunnel: Tunnel): Path => {
  const pod = podBehind(walk, to.ip, tunnel)
  const address = socketText(to.ip, to.port)
  if (pod === undefined) return undetermined('network-path', address)
  const capture = captureIn(walk.world, pod, to, { source: walk.source, peer: tunnel.peer })
  if (capture.outcome === 'captured') return after(capture.hop, admitTunnel(walk, pod, to, tunnel))
  if (tunnel.via === 'waypoint') return throughWaypoint(walk, pod, to, tunnel)
  const end = capture.outcome === 'dead' ? undefined : stopped(pod, capture, tunnel.view)
  if (end !== undefined) return end
  if (terminatesTunnels(pod)) {
    const end = ofOwnTunnels(walk, pod, to, tunnel)
    if (end !== undefined) return end
  }
  return after(
    { ...capture.hop, steps: inOrder([...capture.hop.steps, refusedTunnel(address)]) },
    ends({
      kind: 'rejected',
      by: capture.hop.place,
      code: 'tunnel-refused',
      error: connectionRefused,
      clientSees: tunnel.view.refused,
    }),
  )
}

/** Its own Envoy takes the tunnel; undefined where a recording shows that nobody listens. */
const ofOwnTunnels = (walk: Walk, pod: Pod, to: SocketAddress, tunnel: Tunnel): Path | undefined => {
  const name = `${pod.namespace}/${pod.name}`
  if (walk.world.waypointOf(pod) !== undefined) return throughWaypoint(walk, pod, to, tunnel)
  if (runsProxy(pod)) return undetermined('gateway-dump', name)
  const { known } = listenerOf(pod, to.port, walk.world.kernelOf(pod), to.ip)
  return known === 'absent' ? undefined : undetermined('listener', `${name}:${to.port}`)
}

const connectionRefused = 'io error: Connection refused (os error 111)'

const refusedTunnel = (address: string) =>
  step('refusal', {
    code: 'tunnel-refused',
    error: `nothing listens on ${address}`,
    log: {},
    clientError: connectionRefused,
  })

/** A pod that is not captured but says that it takes HBONE itself: a sidecar, a gateway. */
const terminatesTunnels = (pod: Pod): boolean =>
  pod.workload?.nativeTunnel === true || pod.object?.labels['networking.istio.io/tunnel'] === 'http'
