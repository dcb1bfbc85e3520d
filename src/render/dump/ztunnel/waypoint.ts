import type { WaypointCell } from '#dump/ztunnel/waypoint-names.ts'
import type { WhyNoWaypoint } from '#model/why-waypoint.ts'
import { refText, unknown } from '#render/dump/refs.ts'

/** The default column, in istioctl's words: the name alone. */
export const waypointName = (cell: WaypointCell): string => {
  if (cell.kind === 'none') return 'None'
  return cell.kind === 'service' ? cell.name : 'NA'
}

/** What the dumps tell of waypoints. */
export interface WaypointFacts {
  /** False where one has no list of services that a waypoint could be found in. */
  readonly holdsServices: boolean
  /** False where a port would be a default that nobody printed. */
  readonly knowsPort: boolean
}

/** Why there is none. */
export interface WaypointReason {
  readonly why: WhyNoWaypoint
  /** False where only the namespace could be read, whose label its own would overrule. */
  readonly holdsObject: boolean
}

/** The wide column: namespace, port, and the reason where there is no name. */
export const waypointDetail = (cell: WaypointCell, facts: WaypointFacts, why: () => WaypointReason): string => {
  if (cell.kind === 'none') return `None: ${whyNoWaypointText(why())}`
  const port = facts.knowsPort ? cell.port : unknown
  if (cell.kind === 'service') return `${cell.namespace}/${cell.name}:${port}`
  return facts.holdsServices
    ? `NA: the dump has no service ${cell.reference} (port ${port}), traffic to it fails (dump)`
    : `NA: ${cell.reference} (port ${port}), and services are not in this dump (dump)`
}

/** The reason with where it was read. */
const whyNoWaypointText = ({ why, holdsObject }: WaypointReason): string => {
  const from = why.code === 'no-object' || why.code === 'no-objects' ? 'dump' : 'objects'
  const open = from === 'objects' && !holdsObject ? '; its own object is not in the snapshot' : ''
  return `${reasonText(why)}${open} (${why.code === 'refused' ? `${from}, ${refText(why.on)}` : from})`
}

export const reasonText = (why: WhyNoWaypoint): string => {
  switch (why.code) {
    case 'not-labelled':
      return `no label istio.io/use-waypoint on ${why.searched.map(refText).join(' or ')}`
    case 'namespace-unknown':
      return `no label istio.io/use-waypoint on ${refText(why.searched)}, and Namespace ${why.namespace} is not in the snapshot`
    case 'opted-out':
      return `istio.io/use-waypoint=none on ${refText(why.by)}`
    case 'is-waypoint':
      return `belongs to Gateway ${why.gateway} itself`
    case 'no-such-gateway':
      return `${refText(why.gateway)} does not exist, asked for by ${refText(why.label)}`
    case 'gateway-not-ready':
      return `${refText(why.gateway)} is not ready${why.condition === undefined ? '' : `: ${why.condition.message}`}`
    case 'not-attached':
      return `${refText(why.gateway)} does not allow this namespace: allowedRoutes from ${why.from}`
    case 'other-traffic':
      return `${refText(why.gateway)} is for ${why.waypointFor} traffic only, asked for by ${refText(why.label)}`
    case 'refused':
      return `${why.condition.reason}: ${why.condition.message}`
    case 'not-arrived':
      return `${refText(why.label)} asks for ${refText(why.gateway)}, which is ready: the dump is older or istiod is behind`
    case 'gateway-unknown':
      return `${refText(why.label)} asks for ${refText(why.gateway)}, Gateways were not collected`
    case 'no-object':
      return 'its objects are not in the snapshot'
    case 'no-objects':
      return 'why is not in a dump; give the Kubernetes objects as well'
  }
}
