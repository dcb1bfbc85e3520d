import type { Attached } from '#dump/ztunnel/attached-policies.ts'
import type { LateMember } from '#dump/ztunnel/known-members.ts'
import type { WhyTcp } from '#dump/ztunnel/why-tcp.ts'
import type { WideWorkloadRow, WorkloadRow } from '#dump/ztunnel/workloads.ts'
import type { GatewayAddress, Workload } from '#model/ztunnel.ts'
import { someOf, unknown } from '#render/dump/refs.ts'
import type { Column } from '#render/list/column.ts'
import { type WaypointFacts, type WaypointReason, waypointDetail, waypointName } from './waypoint.ts'
import { whyTcpText } from './why-tcp.ts'

/** istioctl's columns. */
export const workloadColumns: readonly Column<WorkloadRow>[] = [
  { key: 'namespace', header: 'NAMESPACE', text: ({ namespace }) => namespace },
  { key: 'pod-name', header: 'POD NAME', text: ({ name }) => name },
  { key: 'address', header: 'ADDRESS', text: ({ address }) => address },
  { key: 'node', header: 'NODE', text: ({ node }) => node },
  { key: 'waypoint', header: 'WAYPOINT', text: ({ waypoint }) => waypointName(waypoint) },
  { key: 'protocol', header: 'PROTOCOL', text: ({ protocol }) => protocol },
]

/** What the columns that only the wide table has know beside the row. */
export interface WorkloadFacts {
  readonly knows: (member: LateMember) => boolean
  /** False where no workload names its services: those of ztunnel's own configuration never do. */
  readonly knowsServices: boolean
  /** `Up`, `Pending`; undefined for a pod that this ztunnel does not serve. */
  readonly stateOf: (workload: Workload) => string | undefined
  readonly whyNoWaypoint: (workload: Workload) => WaypointReason
  readonly waypoints: WaypointFacts
  /** False where a dump has no list of policies: those of a namespace or the mesh are not known. */
  readonly holdsPolicies: boolean
  readonly whyTcp: (workload: Workload) => WhyTcp
  /** Nodes or files whose ztunnel holds it, of several. */
  readonly seenBy: ((workload: Workload) => string) | undefined
}

export const wideWorkloadColumns = (facts: WorkloadFacts): readonly Column<WideWorkloadRow>[] => {
  const late = (member: LateMember, text: string): string => (facts.knows(member) ? text : unknown)
  const wide = (key: string, header: string, text: (row: WideWorkloadRow) => string) =>
    ({ key, header, text, wide: true }) as const
  return [
    wide('why-waypoint', 'WAYPOINT DETAIL', ({ workload, waypoint }) =>
      waypointDetail(waypoint, facts.waypoints, () => facts.whyNoWaypoint(workload)),
    ),
    wide('why-protocol', 'PROTOCOL DETAIL', ({ workload }) =>
      workload.protocol === 'TCP'
        ? whyTcpText(facts.whyTcp(workload))
        : workload.nativeTunnel
          ? 'native tunnel (dump)'
          : '-',
    ),
    wide('identity', 'IDENTITY', ({ workload }) => identityText(workload)),
    wide('health', 'HEALTH', ({ workload }) => workload.status),
    wide('state', 'STATE', ({ workload }) => late('pods', facts.stateOf(workload) ?? '-')),
    wide('network', 'NETWORK', ({ workload }) => late('network', workload.network || 'default')),
    wide('mode', 'NETWORK MODE', ({ workload }) => late('networkMode', workload.networkMode)),
    wide('cluster', 'CLUSTER', ({ workload }) => workload.clusterId || unknown),
    wide('locality', 'LOCALITY', ({ workload }) => late('locality', localityText(workload))),
    { ...wide('capacity', 'CAPACITY', ({ workload }) => late('capacity', `${workload.capacity}`)), order: byCapacity },
    wide('workload', 'WORKLOAD', ({ workload }) =>
      [workload.workloadType, workload.workloadName].filter(Boolean).join('/'),
    ),
    wide('policies', 'POLICIES', ({ policies }) =>
      facts.holdsPolicies ? attachedText(policies) : [...policies.missing, unknown].join(', '),
    ),
    wide(
      'services',
      'SERVICES',
      ({ workload }) => workload.services?.join(',') ?? (facts.knowsServices ? '-' : unknown),
    ),
    wide('app-tunnel', 'APP TUNNEL', ({ workload }) => late('applicationTunnel', tunnelText(workload))),
    wide('gateway', 'NETWORK GATEWAY', ({ workload }) => late('networkGateway', gatewayText(workload.networkGateway))),
    wide('uid', 'UID', ({ workload }) => workload.uid),
    ...(facts.seenBy === undefined
      ? []
      : [wide('seen-by', 'SEEN BY', ({ workload }) => facts.seenBy?.(workload) ?? '')]),
  ]
}

const byCapacity = ({ workload }: WideWorkloadRow): number => workload.capacity

const identityText = ({ trustDomain, namespace, serviceAccount }: Workload): string =>
  `spiffe://${trustDomain || unknown}/ns/${namespace}/sa/${serviceAccount}`

const localityText = ({ locality }: Workload): string =>
  locality === undefined ? '-' : [locality.region, locality.zone, locality.subzone].filter(Boolean).join('/') || '-'

const attachedText = ({ held, missing }: Attached): string => {
  const names = [
    ...held.map(({ namespace, name, dryRun }) => `${namespace}/${name}${dryRun ? ' (dry run)' : ''}`),
    ...missing.map(key => `${key} (not in the dump)`),
  ]
  return names.length === 0 ? '-' : someOf(names, 10)
}

const tunnelText = ({ applicationTunnel }: Workload): string =>
  applicationTunnel === undefined
    ? '-'
    : `${applicationTunnel.protocol}${applicationTunnel.port === undefined ? '' : `:${applicationTunnel.port}`}`

const gatewayText = (gateway: GatewayAddress | undefined): string => {
  if (gateway === undefined) return '-'
  const { destination, hboneMtlsPort } = gateway
  const name =
    destination.kind === 'address'
      ? `${destination.network}/${destination.ip}`
      : `${destination.namespace}/${destination.hostname}`
  return `${name}:${hboneMtlsPort}`
}
