import { objectText } from '#dump/waypoint/origin.ts'
import type { PolicyRow } from '#dump/waypoint/policies.ts'
import type { RouteRow } from '#dump/waypoint/routes.ts'
import type { Column } from '#render/list/column.ts'
import { stateColumns } from './state.ts'

/** istioctl's columns, then everything that istioctl leaves out of a route. */
export const routeColumns: readonly Column<RouteRow>[] = [
  { key: 'name', header: 'NAME', text: ({ name }) => name },
  { key: 'vhost-name', header: 'VHOST NAME', text: ({ virtualHost }) => virtualHost },
  { key: 'domains', header: 'DOMAINS', text: ({ domains }) => domains },
  { key: 'match', header: 'MATCH', text: ({ match }) => match },
  { key: 'virtual-service', header: 'VIRTUAL SERVICE', text: ({ virtualService }) => virtualService },
  { key: 'route', header: 'ROUTE', text: ({ route }) => route, wide: true },
  { key: 'conditions', header: 'CONDITIONS', text: ({ conditions }) => conditions, wide: true },
  { key: 'action', header: 'ACTION', text: ({ action }) => action, wide: true },
  { key: 'policies', header: 'POLICIES', text: ({ policies }) => policies, wide: true },
  { key: 'headers', header: 'HEADERS', text: ({ headers }) => headers, wide: true },
  { key: 'overrides', header: 'FILTERS', text: ({ overrides }) => overrides, wide: true },
  {
    key: 'from',
    header: 'FROM',
    text: ({ origin }) => (origin === undefined ? '' : objectText(origin)),
    wide: true,
  },
  ...stateColumns,
]

const shownChains = (chains: readonly string[]): string =>
  chains.length > 2 ? `${chains.length} chains` : chains.join(', ')

export const policyColumns: readonly Column<PolicyRow>[] = [
  { key: 'action', header: 'ACTION', text: ({ action, shadow }) => (shadow ? `${action} (shadow)` : action) },
  {
    key: 'policy',
    header: 'POLICY',
    text: ({ object, policy }) => (object === undefined ? policy : `${object.namespace ?? ''}/${object.name}`),
  },
  { key: 'rule', header: 'RULE', text: ({ rule }) => `${rule ?? '-'}`, order: ({ rule }) => rule ?? 0 },
  { key: 'who', header: 'WHO', text: ({ who }) => who },
  { key: 'what', header: 'WHAT', text: ({ what }) => what },
  { key: 'chains', header: 'CHAINS', text: ({ chains }) => shownChains(chains) },
  { key: 'all-chains', header: 'ALL CHAINS', text: ({ chains }) => chains.join(', '), wide: true },
  { key: 'listener', header: 'LISTENER', text: ({ listener }) => listener, wide: true },
  { key: 'level', header: 'LEVEL', text: ({ level }) => level, wide: true },
  { key: 'note', header: 'NOTE', text: ({ note }) => note, wide: true },
  ...stateColumns,
]
