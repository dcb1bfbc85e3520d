import type { SocketAddress } from '#reason/address.ts'
import type { Path } from './trace.ts'
import { undetermined } from './trace.ts'
import type { Tunnel, Walk } from './walk.ts'
import type { Pod } from './world.ts'

/** The request enters a waypoint's Envoy. */
export const throughWaypoint = (_walk: Walk, pod: Pod, _to: SocketAddress, _tunnel: Tunnel): Path =>
  undetermined('waypoint-dump', `${pod.namespace}/${pod.name}`)
