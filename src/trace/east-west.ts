import type { SocketAddress } from '#reason/address.ts'
import { socketText } from '#reason/address.ts'
import { kubeProxy } from './kube-service.ts'
import { networkOf } from './networks.ts'
import type { Assumption, Path } from './trace.ts'
import { forked, undetermined } from './trace.ts'
import type { Tunnel, Walk } from './walk.ts'
import { throughWaypoint } from './waypoint.ts'
import type { Pod, World } from './world.ts'

/** Two tunnels in each other: the outer ends at the gateway of another network, the inner behind it (specs/ztunnel.md §4.7). */
export interface DoubleTunnel {
  readonly outer: Tunnel
  readonly inner: Tunnel
  /** The network that the gateway leads to, where the sender's state tells. */
  readonly network: string | undefined
}

/** The connection leaves the network: what its gateway, and the other cluster behind it, do is in their own dumps. */
export const throughEastWest = (walk: Walk, to: SocketAddress, { outer, inner, network }: DoubleTunnel): Path => {
  const { pods, assumed } = gatewayPods(walk.world, to, network)
  if (pods.length === 0) return undetermined('remote-network', socketText(to.ip, to.port), askedOf(outer, network))
  return forked(
    'load-balancing',
    pods.map(pod => {
      const own = { ip: pod.ips[0] ?? to.ip, port: to.port }
      const dump = walk.world.waypointOf(pod)
      const isKnown = dump !== undefined && (dump.exact || networkOf(dump.index.dump.subject) === network)
      return {
        probability: 1 / pods.length,
        chose: `${pod.namespace}/${pod.name}`,
        ...(isKnown
          ? throughWaypoint({ ...walk, inside: inner }, pod, own, outer, assumed)
          : undetermined('gateway-dump', `${pod.namespace}/${pod.name}`)),
      }
    }),
  )
}

const askedOf = ({ authority }: Tunnel, network: string | undefined): string =>
  network === undefined || network === '' ? `for ${authority}` : `network ${network}, for ${authority}`

interface GatewayPods {
  readonly pods: readonly Pod[]
  readonly assumed: readonly Assumption[]
}

/** By the address itself, by the Service that has it outside, or as the only gateway of that network in the input. */
const gatewayPods = (world: World, to: SocketAddress, network: string | undefined): GatewayPods => {
  const own = world.podsAt(to.ip).filter(pod => isEastWest(world, pod))
  if (own.length > 0) return { pods: own, assumed: [] }
  const service = kubeProxy(world, to.ip, to.port, undefined)
  if (service.kind === 'service') {
    const { namespace, name } = service.port.service
    const pods = service.endpoints.flatMap(({ ip }) => world.podsAt(ip).slice(0, 1))
    return { pods, assumed: [{ about: 'kube-proxy', subject: `${namespace}/${name}` }] }
  }
  const [only, ...others] = network === undefined ? [] : gatewaysOf(world, network)
  if (only === undefined || others.length > 0) return { pods: [], assumed: [] }
  const { namespace, name } = only
  return { pods: [only], assumed: [{ about: 'network-gateway', subject: `${to.ip} → ${namespace}/${name}` }] }
}

const isEastWest = (world: World, pod: Pod): boolean => world.waypointOf(pod)?.index.dump.subject.role === 'east-west'

/** One pod of each Gateway that leads into that network. */
const gatewaysOf = ({ mesh, podNamed }: World, network: string): readonly Pod[] => {
  const found = new Map<string, Pod>()
  for (const { subject } of mesh.waypoints) {
    const { namespace = '', pod = '', gateway } = subject
    const known = podNamed(namespace, pod)
    if (subject.role === 'east-west' && networkOf(subject) === network && known !== undefined)
      found.set(`${namespace}/${gateway?.name ?? pod}`, known)
  }
  return [...found.values()]
}
