import type { EnvoyJson } from '#model/envoy.ts'
import type { Exchange } from '../exchange.ts'
import { type FormatSubject, unanswered } from '../format.ts'
import { Headers } from '../headers.ts'
import { clusterNames } from '../lookup.ts'
import { mutateHeaders, mutationOrder, requestLists, responseLists } from '../route/mutation.ts'
import type { SelectedRoute } from '../route/select.ts'
import type { RouteState } from '../route/state.ts'
import type { Walk } from '../walk.ts'

/** A request with its route, and what filters have left of flags. */
export interface Routing {
  readonly walk: Walk
  readonly exchange: Exchange
  readonly route: RouteState
  readonly flags: readonly string[]
}

const subjectOf = ({ walk, exchange, route }: Routing): FormatSubject => ({
  connection: exchange.connection,
  headers: exchange.headers,
  metadata: exchange.metadata,
  filterState: exchange.filterState,
  protocol: exchange.protocol,
  ...clusterNames(walk.index, route.cluster?.name),
  route: route.selected?.ref.name ?? '',
})

/** The levels of header mutations in their order: the weighted cluster always comes first. */
const levelsOf = (selected: SelectedRoute, entry: EnvoyJson | undefined): readonly EnvoyJson[] => [
  ...(entry === undefined ? [] : [entry]),
  ...mutationOrder([selected.route.config, selected.host.config, selected.table], selected.table),
]

/** What the levels of the route change of a request. The router reads of it afterwards where it goes, and nothing else. */
export const mutateRequest = (routing: Routing, selected: SelectedRoute): void => {
  const { walk, exchange, route, flags } = routing
  const leaveOut = (name: string, format: string): void => {
    if (name.startsWith(':') || name === 'host') walk.leaveOut(name, format)
    else exchange.unknownHeaders.push([name, format])
  }
  for (const level of levelsOf(selected, route.cluster?.entry)) {
    const subject = { ...subjectOf(routing), reply: unanswered(flags) }
    mutateHeaders(level, requestLists, exchange.headers, subject, leaveOut)
  }
}

/** Response headers that the route's levels add, to what the upstream answers and to what Envoy itself answers. */
export const routeResponseHeaders = (
  routing: Routing,
  selected: SelectedRoute,
): readonly (readonly [string, string])[] => {
  const headers = new Headers()
  for (const level of levelsOf(selected, routing.route.cluster?.entry))
    mutateHeaders(level, responseLists, headers, subjectOf(routing), routing.walk.leaveOutOfAnswer)
  return headers.list()
}

/** Changes the path; the old one is kept beside it. */
export const rewritePath = ({ headers, path }: Exchange, rewritten: string | undefined): void => {
  if (rewritten === undefined) return
  headers.set('x-envoy-original-path', path)
  headers.set(':path', rewritten)
}
