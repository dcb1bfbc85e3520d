import type { ClusterRow } from '#dump/waypoint/clusters.ts'
import type { EndpointRow, LiveHealth } from '#dump/waypoint/endpoints.ts'
import { objectText } from '#dump/waypoint/origin.ts'
import { tunnelText } from '#dump/waypoint/tunnel.ts'
import type { Column } from '#render/list/column.ts'
import { stateColumns } from './state.ts'

/** istioctl's columns, then what decides how a cluster is reached. */
export const clusterColumns: readonly Column<ClusterRow>[] = [
  { key: 'service-fqdn', header: 'SERVICE FQDN', text: ({ fqdn }) => fqdn },
  { key: 'port', header: 'PORT', text: ({ port }) => port, order: ({ port }) => Number(port) || 0 },
  { key: 'subset', header: 'SUBSET', text: ({ subset }) => subset },
  { key: 'direction', header: 'DIRECTION', text: ({ direction }) => direction },
  { key: 'type', header: 'TYPE', text: ({ type }) => type },
  { key: 'destination-rule', header: 'DESTINATION RULE', text: ({ destinationRule }) => destinationRule },
  { key: 'transport', header: 'TRANSPORT', text: ({ transport }) => transport, wide: true },
  { key: 'protocol', header: 'PROTOCOL', text: ({ protocol }) => protocol, wide: true },
  { key: 'load-balancing', header: 'LOAD BALANCING', text: ({ loadBalancing }) => loadBalancing, wide: true },
  { key: 'outlier', header: 'OUTLIER', text: ({ outlier }) => outlier, wide: true },
  { key: 'circuit', header: 'CIRCUIT BREAKERS', text: ({ circuit }) => circuit, wide: true },
  { key: 'health-checks', header: 'HEALTH CHECKS', text: ({ healthChecks }) => healthChecks, wide: true },
  { key: 'connect-timeout', header: 'CONNECT TIMEOUT', text: ({ connectTimeout }) => connectTimeout, wide: true },
  { key: 'via', header: 'VIA', text: ({ via }) => via, wide: true },
  {
    key: 'from',
    header: 'FROM',
    text: ({ origin }) => (origin === undefined ? '' : objectText(origin)),
    wide: true,
  },
  ...stateColumns,
]

const healthText = ({ healthy, degraded, flags }: LiveHealth): string => {
  if (!healthy) return `out: ${flags.join(', ')}`
  return degraded ? 'in when nothing better is' : 'in'
}

const liveColumns: readonly Column<EndpointRow>[] = [
  {
    key: 'weight',
    header: 'WEIGHT',
    text: ({ weight }) => `${weight ?? '-'}`,
    order: ({ weight }) => weight ?? 0,
    wide: true,
  },
  {
    key: 'priority',
    header: 'PRIORITY',
    text: ({ priority }) => `${priority}`,
    order: ({ priority }) => priority,
    wide: true,
  },
  {
    key: 'health',
    header: 'HEALTH',
    text: ({ live }) => (live === undefined ? '-' : healthText(live)),
    wide: true,
  },
  { key: 'tunnel', header: 'TUNNEL', text: ({ tunnel }) => tunnelText(tunnel), wide: true },
  { key: 'workload', header: 'WORKLOAD', text: ({ workload }) => workload, wide: true },
  ...stateColumns,
]

/** istioctl's columns of live endpoints; without `/clusters` nothing is known of the outlier check. */
export const endpointColumns: readonly Column<EndpointRow>[] = [
  { key: 'endpoint', header: 'ENDPOINT', text: ({ endpoint }) => endpoint },
  { key: 'status', header: 'STATUS', text: ({ status }) => status },
  { key: 'outlier-check', header: 'OUTLIER CHECK', text: ({ outlier }) => outlier ?? '-' },
  { key: 'cluster', header: 'CLUSTER', text: ({ cluster }) => cluster },
  { key: 'locality', header: 'LOCALITY', text: ({ locality }) => locality, wide: true },
  ...liveColumns,
]

/** istioctl's columns of configured endpoints. */
export const edsColumns: readonly Column<EndpointRow>[] = [
  { key: 'name', header: 'NAME', text: ({ name }) => name },
  { key: 'status', header: 'STATUS', text: ({ status }) => status },
  { key: 'locality', header: 'LOCALITY', text: ({ locality }) => locality },
  { key: 'cluster', header: 'CLUSTER', text: ({ cluster }) => cluster },
  { key: 'outlier-check', header: 'OUTLIER CHECK', text: ({ outlier }) => outlier ?? '-', wide: true },
  ...liveColumns,
]
