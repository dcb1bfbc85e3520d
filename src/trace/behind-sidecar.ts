import type { SocketAddress } from '#reason/address.ts'
import type { Kernel } from '#redirection/kernel.ts'
import { sidecarOf, throughFront } from './front-proxy.ts'
import { podPlace } from './place.ts'
import { arriveAt } from './rules.ts'
import type { Seen } from './step.ts'
import type { Path } from './trace.ts'
import { ends } from './trace.ts'
import type { View, Walk } from './walk.ts'
import type { Visit } from './waypoint-upstream.ts'
import type { Pod, Waypoint, World } from './world.ts'

/** The sidecar that takes what arrives for the pod, `unknown` without a dump of it; undefined where the port is left out. */
export const sidecarBefore = (
  world: World,
  pod: Pod,
  to: SocketAddress,
  peer: Seen,
): Waypoint | 'unknown' | undefined => {
  const sidecar = sidecarOf(world, pod)
  if (sidecar === undefined) return undefined
  const kernel = world.kernelOf(pod)
  const taken = kernel === undefined ? isIncluded(pod, to.port) : isRedirected(kernel, to, peer)
  return taken ? sidecar : undefined
}

/** Where sidecars take what arrives for their pod. */
const inboundPort = 15006

const isRedirected = (kernel: Kernel, to: SocketAddress, { address }: Seen): boolean => {
  const fate = arriveAt(kernel, address ?? elsewhere, to)?.fate
  return fate?.kind === 'arrives' && fate.at.local.port === inboundPort
}

/** Stands for an address that no rule of a pod names (RFC 5737). */
const elsewhere = '203.0.113.10'

/** Ports that the rules of every sidecar leave to its own agent and Envoy. */
const ownPorts: readonly number[] = [15020, 15021, 15090]

/** As the annotations of the pod ask for it. */
const isIncluded = ({ object }: Pod, port: number): boolean => {
  const asked = (name: string): string | undefined => object?.annotations[name]
  const ports = (name: string): readonly string[] | undefined =>
    asked(`traffic.sidecar.istio.io/${name}`)
      ?.split(',')
      .map(each => each.trim())
  const included = ports('includeInboundPorts') ?? ['*']
  if (asked('sidecar.istio.io/interceptionMode') === 'NONE' || ownPorts.includes(port)) return false
  return (
    (included.includes('*') || included.includes(`${port}`)) &&
    ports('excludeInboundPorts')?.includes(`${port}`) !== true
  )
}

/** A connection for the pod comes to its sidecar, which hands it to the application or does not. */
export const intoSidecar = (
  walk: Walk,
  pod: Pod,
  sidecar: Waypoint | 'unknown',
  to: SocketAddress,
  peer: Seen,
  view: View,
): Path => {
  const name = `${pod.namespace}/${pod.name}`
  if (sidecar === 'unknown')
    return ends({
      kind: 'undetermined',
      missing: [{ what: 'gateway-dump', subject: name }],
      provided: walk.onwards.own(walk, pod, to, {}, view),
    })
  const visit: Visit = {
    pod,
    place: podPlace(pod, 'sidecar'),
    stage: 'sidecar',
    to,
    assumed: walk.world.kernelOf(pod) === undefined ? [{ about: 'sidecar-redirection', subject: name }] : [],
  }
  return throughFront(walk, sidecar, peer, 'INBOUND', visit)
}
