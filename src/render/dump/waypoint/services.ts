import { objectText } from '#dump/waypoint/origin.ts'
import type { ServiceRow } from '#dump/waypoint/services.ts'
import { unknown } from '#render/dump/refs.ts'
import type { Column } from '#render/list/column.ts'
import { stateColumns } from './state.ts'

const orDash = (texts: readonly string[], between = ', '): string => (texts.length === 0 ? '-' : texts.join(between))

const some = (texts: readonly string[], most = 3): string =>
  texts.length <= most ? texts.join(',') : `${texts.slice(0, most).join(',')} and ${texts.length - most} more`

/** To a pod's own address there is nothing to choose. */
const isPods = (clusters: readonly string[]): boolean => clusters.every(name => name === 'encap')

/** `http`, `tcp`; where the first bytes choose between chains, what they must look like for this one. */
export const protocolText = ({ speaks, protocols }: ServiceRow): string =>
  protocols.length === 0 ? speaks : `${speaks} (${protocols.join(',')})`

export const serviceText = ({ service, clusters }: ServiceRow): string => service || (isPods(clusters) ? '(pods)' : '-')

/** The address that a client dials, or the name by which the tunnel asks where no address is looked at. */
export const addressText = ({ addresses, also }: ServiceRow): string => some(addresses) || byName.exec(also)?.[1] || '*'

const byName = /(?:^|; )io\.istio\.connect_authority=([^;]+):\d+(?:;|$)/
const byNamePort = /(?:^|; )io\.istio\.connect_authority=[^;]+:(\d+)(?:;|$)/

export const portText = ({ ports, also }: ServiceRow): string => some(ports) || byNamePort.exec(also)?.[1] || '*'

export const endpointsText = ({ healthy, endpoints, hosts }: ServiceRow): string => {
  if (hosts === 'not collected') return unknown
  return hosts === 'brought' ? '-' : `${healthy}/${endpoints}`
}

/** One line for each way into a chain that leads to a service, as far as the wire. */
export const serviceColumns: readonly Column<ServiceRow>[] = [
  {
    key: 'service',
    header: 'SERVICE',
    text: serviceText,
  },
  { key: 'address', header: 'ADDRESS', text: addressText },
  { key: 'port', header: 'PORT', text: portText, order: ({ ports }) => Number(ports[0] ?? 0) },
  { key: 'protocol', header: 'PROTOCOL', text: protocolText },
  { key: 'filters', header: 'POLICIES AND FILTERS', text: ({ filters }) => orDash(filters, ' → ') },
  {
    key: 'routes',
    header: 'ROUTES',
    text: ({ speaks, routes }) => (speaks === 'http' ? `${routes}` : '-'),
    order: ({ routes }) => routes,
  },
  { key: 'from', header: 'FROM', text: ({ from }) => orDash(from.map(objectText)) },
  {
    key: 'endpoints',
    header: 'ENDPOINTS',
    text: endpointsText,
    order: ({ healthy }) => healthy,
  },
  { key: 'via', header: 'VIA', text: ({ via }) => orDash(via, ' or ') },
  { key: 'listener', header: 'LISTENER', text: ({ listener }) => listener, wide: true },
  { key: 'chain', header: 'CHAIN', text: ({ chain }) => chain, wide: true },
  { key: 'also', header: 'ALSO', text: ({ also }) => also || '-', wide: true },
  { key: 'clusters', header: 'CLUSTERS', text: ({ clusters }) => some(clusters), wide: true },
  ...stateColumns,
]
