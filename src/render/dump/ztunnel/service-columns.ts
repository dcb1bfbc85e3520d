import type { EndpointRow, EndpointState } from '#dump/ztunnel/endpoint-states.ts'
import type { LateMember } from '#dump/ztunnel/known-members.ts'
import type { ServiceRow, WideServiceRow } from '#dump/ztunnel/services.ts'
import { referenceText, type WaypointNames } from '#dump/ztunnel/waypoint-names.ts'
import type { LoadBalancer, Service } from '#model/ztunnel.ts'
import { someOf, unknown } from '#render/dump/refs.ts'
import type { Column } from '#render/list/column.ts'
import { type WaypointReason, waypointDetail, waypointName } from './waypoint.ts'

/** istioctl's columns; where waypoints lead is known when every service is. */
export const serviceColumns = (waypoints: WaypointNames): readonly Column<ServiceRow>[] => [
  ...columnsBeforeWaypoint,
  waypointColumn(waypoints),
  endpointsColumn,
]

export const columnsBeforeWaypoint: readonly Column<ServiceRow>[] = [
  { key: 'namespace', header: 'NAMESPACE', text: ({ namespace }) => namespace },
  { key: 'service-name', header: 'SERVICE NAME', text: ({ name }) => name },
  { key: 'service-vip', header: 'SERVICE VIP', text: ({ vips }) => vips },
]

export const waypointColumn = (waypoints: WaypointNames): Column<Pick<ServiceRow, 'waypoint'>> => ({
  key: 'waypoint',
  header: 'WAYPOINT',
  text: ({ waypoint }) => waypointName(waypoints.find(waypoint)),
})

export const endpointsColumn: Column<ServiceRow> = {
  key: 'endpoints',
  header: 'ENDPOINTS',
  text: ({ healthy, endpoints }) => `${healthy}/${endpoints}`,
  order: ({ healthy }) => healthy,
}

export interface ServiceFacts {
  readonly knows: (member: LateMember) => boolean
  /** False where a dump has no list of workloads: what endpoints are worth is not known. */
  readonly holdsWorkloads: boolean
  readonly waypoints: WaypointNames
  readonly endpoints: (service: Service) => readonly EndpointRow[]
  readonly whyNoWaypoint: (service: Service) => WaypointReason
  readonly seenBy: ((service: Service) => string) | undefined
}

export const wideServiceColumns = (facts: ServiceFacts): readonly Column<WideServiceRow>[] => {
  const late = (member: LateMember, text: string): string => (facts.knows(member) ? text : unknown)
  const waypointFacts = { holdsServices: true, knowsPort: facts.knows('hbonePort') }
  const wide = (key: string, header: string, text: (row: WideServiceRow) => string) =>
    ({ key, header, text, wide: true }) as const
  return [
    wide('why-waypoint', 'WAYPOINT DETAIL', ({ service, waypoint }) =>
      late(
        'serviceWaypoint',
        waypointDetail(facts.waypoints.find(waypoint), waypointFacts, () => facts.whyNoWaypoint(service)),
      ),
    ),
    wide('why-endpoints', 'ENDPOINT DETAIL', ({ service }) =>
      facts.holdsWorkloads
        ? endpointsText(service, facts.endpoints(service))
        : `${unknown}: workloads are not in this dump (dump)`,
    ),
    wide('hostname', 'HOSTNAME', ({ service }) => service.hostname),
    wide('ports', 'PORTS', ({ service }) => portsText(service)),
    wide('load-balancing', 'LOAD BALANCING', ({ service }) => late('loadBalancer', balancerText(service.loadBalancer))),
    wide('health-policy', 'HEALTH POLICY', ({ service }) =>
      late('endpointStatus', service.loadBalancer?.healthPolicy ?? 'OnlyHealthy'),
    ),
    wide('ip-families', 'IP FAMILIES', ({ service }) => late('ipFamilies', service.ipFamilies ?? 'automatic')),
    wide('visibility', 'VISIBILITY', ({ service }) => late('visibility', service.visibility)),
    wide('canonical', 'CANONICAL', ({ service }) => late('canonical', service.canonical ? 'yes' : 'no')),
    wide(
      'cidr-vips',
      'CIDR VIPS',
      ({ service }) => service.cidrVips.map(({ cidr }) => cidr).join(',') || late('cidrVips', '-'),
    ),
    wide('networks', 'NETWORKS', ({ service }) =>
      late('network', [...new Set(service.vips.map(({ network }) => network || 'default'))].join(',') || '-'),
    ),
    wide(
      'weighted-waypoints',
      'WEIGHTED WAYPOINTS',
      ({ service }) => weightedText(service) || late('weightedWaypoints', '-'),
    ),
    wide('sans', 'SUBJECT ALT NAMES', ({ service }) =>
      late('subjectAltNames', service.subjectAltNames.join(',') || '-'),
    ),
    ...(facts.seenBy === undefined ? [] : [wide('seen-by', 'SEEN BY', ({ service }) => facts.seenBy?.(service) ?? '')]),
  ]
}

const portsText = ({ ports }: Service): string =>
  [...ports].map(([port, target]) => (target === 0 ? `${port}→named` : `${port}→${target}`)).join(',') || '-'

const balancerText = (balancer: LoadBalancer | undefined): string => {
  if (balancer === undefined) return 'Standard'
  const { mode, routingPreferences } = balancer
  return routingPreferences.length === 0 ? mode : `${mode} by ${routingPreferences.join('>')}`
}

const weightedText = ({ weightedWaypoints }: Service): string =>
  weightedWaypoints.map(({ destination, weight }) => `${referenceText(destination)} ${weight}`).join(',')

const stateWords: Readonly<Record<EndpointState, string>> = {
  eligible: 'eligible',
  'unknown-workload': 'its workload is not in the dump',
  'hidden-workload': 'its workload is not printed by this release',
  'unhealthy-but-allowed': 'unhealthy, taken as the health policy is AllowAll',
  'unhealthy-but-kept': 'unhealthy, and chosen all the same while it is listed',
  'no-such-port': 'no port of the service leads to it',
  unreachable: 'no address, name or gateway',
  'not-ready': 'not ready, so not sent as an endpoint',
}

/** Every endpoint with its state; the eligible ones, which need no reason, a few by name. */
const endpointsText = (service: Service, rows: readonly EndpointRow[]): string => {
  if (rows.length === 0)
    return service.loadBalancer?.mode === 'Passthrough'
      ? 'none needed: traffic goes on to the address that was dialled (dump)'
      : 'none: no workload of the dump belongs to it (dump)'
  const eligible = rows.filter(({ state }) => state === 'eligible').map(eligibleText)
  const others = rows.filter(({ state }) => state !== 'eligible').map(row => `${nameOf(row)}: ${stateWords[row.state]}`)
  return [...(eligible.length === 0 ? [] : [`eligible: ${someOf(eligible)}`]), ...others].join('; ')
}

const eligibleText = (row: EndpointRow): string =>
  row.unserved.length === 0 ? nameOf(row) : `${nameOf(row)} (not for port ${row.unserved.join(', ')})`

/** Its name, the last part of the uid. */
const nameOf = ({ uid }: EndpointRow): string => uid.slice(uid.lastIndexOf('/') + 1)
