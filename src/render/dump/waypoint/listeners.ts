import type { ChainRow } from '#dump/waypoint/chains.ts'
import type { FilterRow } from '#dump/waypoint/filters.ts'
import type { ListenerRow } from '#dump/waypoint/listeners.ts'
import { objectText } from '#dump/waypoint/origin.ts'
import type { Column } from '#render/list/column.ts'
import { stateColumns } from './state.ts'

/** istioctl's columns; the name that it keeps for `all` stands in the wide table. */
export const listenerColumns: readonly Column<ListenerRow>[] = [
  { key: 'name', header: 'NAME', text: ({ name }) => name, wide: true },
  { key: 'addresses', header: 'ADDRESSES', text: ({ addresses }) => addresses.join(',') },
  { key: 'port', header: 'PORT', text: ({ port }) => `${port}`, order: ({ port }) => port },
  { key: 'match', header: 'MATCH', text: ({ match }) => match },
  { key: 'destination', header: 'DESTINATION', text: ({ destination }) => destination },
  { key: 'chain', header: 'CHAIN', text: ({ chain }) => chain, wide: true },
  { key: 'type', header: 'TYPE', text: ({ type }) => type, wide: true },
  { key: 'kind', header: 'KIND', text: ({ internal }) => (internal ? 'internal' : 'socket'), wide: true },
  {
    key: 'bound',
    header: 'BOUND',
    text: ({ bound }) => (bound === undefined ? '-' : bound ? 'yes' : 'no'),
    wide: true,
  },
  ...stateColumns,
]

const orAny = (values: readonly string[]): string => (values.length === 0 ? '*' : values.join(','))

/** Ways into the chains: read from above, the first row whose cells all match takes the connection. */
export const chainColumns: readonly Column<ChainRow>[] = [
  { key: 'listener', header: 'LISTENER', text: ({ listener }) => listener },
  { key: 'address', header: 'ADDRESS', text: ({ addresses }) => orAny(addresses) },
  { key: 'port', header: 'PORT', text: ({ ports }) => orAny(ports), order: ({ ports }) => Number(ports[0] ?? 0) },
  { key: 'protocol', header: 'PROTOCOL', text: ({ protocols }) => orAny(protocols) },
  { key: 'also', header: 'ALSO', text: ({ also }) => (also === '' ? '-' : also) },
  { key: 'chain', header: 'CHAIN', text: ({ chain, reason }) => (chain === '' ? `(${reason})` : chain) },
  { key: 'filters', header: 'FILTERS', text: ({ filters }) => filters.join(' → ') },
  { key: 'destination', header: 'DESTINATION', text: ({ destination }) => destination, wide: true },
  ...stateColumns,
]

/** `2.10` after `2.9`. */
const ordinal = (order: string): string =>
  order
    .split('.')
    .map(part => part.padStart(4, '0'))
    .join('.')

export const filterColumns: readonly Column<FilterRow>[] = [
  { key: 'listener', header: 'LISTENER', text: ({ listener }) => listener },
  { key: 'chain', header: 'CHAIN', text: ({ chain }) => (chain === '' ? '-' : chain) },
  { key: 'order', header: 'ORDER', text: ({ order }) => order, order: ({ order }) => ordinal(order) },
  { key: 'level', header: 'LEVEL', text: ({ level }) => level },
  { key: 'filter', header: 'FILTER', text: ({ filter }) => filter },
  { key: 'does', header: 'DOES', text: ({ does }) => does },
  { key: 'from', header: 'FROM', text: ({ from }) => from.map(objectText).join(', '), wide: true },
  ...stateColumns,
]
