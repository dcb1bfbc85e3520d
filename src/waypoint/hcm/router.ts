import { flagAt, numberAt, objectAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import { durationMs } from '../duration.ts'
import type { Exchange } from '../exchange.ts'
import type { FormatSubject } from '../format.ts'
import { Headers } from '../headers.ts'
import type { Located } from '../lookup.ts'
import { originOf } from '../origin.ts'
import type { Ending, HostChoice, RouterPolicy } from '../outcome.ts'
import { localReply } from '../reply.ts'
import type { ChosenCluster } from '../route/cluster.ts'
import { type HeaderLists, mutateHeaders, mutationOrder, requestLists, responseLists } from '../route/mutation.ts'
import { locationOf, redirectStatus } from '../route/redirect.ts'
import { rewrittenHost, rewrittenPath } from '../route/rewrite.ts'
import type { SelectedRoute } from '../route/select.ts'
import type { RouteState } from '../route/state.ts'
import { chooseHosts } from '../upstream/choose.ts'
import { criteriaOf } from '../upstream/subset.ts'
import type { Walk } from '../walk.ts'
import { mirrorsOf } from './mirror.ts'
import { policyOf } from './policy.ts'
import { upgradeAsked } from './upgrade.ts'
import { upstreamRequest } from './upstream-request.ts'

export interface Routing {
  readonly walk: Walk
  readonly exchange: Exchange
  readonly route: RouteState
  readonly flags: readonly string[]
}

const subjectOf = ({ exchange, route }: Routing): FormatSubject => ({
  connection: exchange.connection,
  headers: exchange.headers,
  metadata: exchange.metadata,
  filterState: exchange.filterState,
  protocol: exchange.version === '2' ? 'HTTP/2' : `HTTP/${exchange.version}`,
  ...(route.cluster === undefined ? {} : { cluster: route.cluster.name }),
  route: route.selected?.ref.name ?? '',
})

/** The levels of header mutations in their order: the weighted cluster always comes first. */
const levelsOf = (selected: SelectedRoute, entry: EnvoyJson | undefined): readonly EnvoyJson[] => [
  ...(entry === undefined ? [] : [entry]),
  ...mutationOrder([selected.route.config, selected.host.config, selected.table], selected.table),
]

const mutateAll = (routing: Routing, selected: SelectedRoute, lists: HeaderLists, headers: Headers): void => {
  for (const level of levelsOf(selected, routing.route.cluster?.entry))
    mutateHeaders(level, lists, headers, subjectOf(routing))
}

/** Response headers that the route's levels add, to what the upstream answers and to what Envoy itself answers. */
export const routeResponseHeaders = (
  routing: Routing,
  selected: SelectedRoute,
): readonly (readonly [string, string])[] => {
  const headers = new Headers()
  mutateAll(routing, selected, responseLists, headers)
  return headers.list()
}

const bodyOf = (direct: EnvoyJson): string => {
  const bytes = textAt(direct, 'body', 'inline_bytes')
  if (bytes !== undefined) return Buffer.from(bytes, 'base64').toString()
  return textAt(direct, 'body', 'inline_string') ?? ''
}

const directResponse = (routing: Routing, direct: EnvoyJson): Ending =>
  localReply(routing.exchange, {
    status: numberAt(direct, 'status') ?? 200,
    details: 'direct_response',
    body: bodyOf(direct),
    flags: routing.flags,
  })

const redirect = (routing: Routing, selected: SelectedRoute, action: EnvoyJson): Ending => {
  const match = objectAt(selected.route.config, 'match') ?? {}
  const location = locationOf(action, match, routing.exchange.headers, routing.walk.behaviour)
  return localReply(routing.exchange, {
    status: redirectStatus(action),
    details: 'direct_response',
    flags: routing.flags,
    headers: [['location', location]],
  })
}

const notFound = ({ exchange, flags }: Routing): Ending =>
  localReply(exchange, { status: 404, details: 'route_not_found', flags: [...flags, 'NR'] })

const toHttps = ({ exchange, flags }: Routing): Ending =>
  localReply(exchange, {
    status: 301,
    details: 'direct_response',
    flags,
    headers: [['location', `https://${exchange.authority}${exchange.path}`]],
  })

const missingClusterStatuses: Readonly<Record<string, number>> = { NOT_FOUND: 404, INTERNAL_SERVER_ERROR: 500 }

const missingCluster = ({ exchange, flags }: Routing, action: EnvoyJson | undefined): Ending =>
  localReply(exchange, {
    status: missingClusterStatuses[textAt(action, 'cluster_not_found_response_code') ?? ''] ?? 503,
    details: 'cluster_not_found',
    flags: [...flags, 'NC'],
  })

/** Changes the Host; the old one is kept in x-envoy-original-host, and where asked in x-forwarded-host. */
const rewriteHost = (exchange: Exchange, host: string, appendsForwarded: boolean): void => {
  const own = exchange.authority
  const forwarded = exchange.headers.get('x-forwarded-host')
  if (appendsForwarded && own !== '')
    exchange.headers.set('x-forwarded-host', forwarded === undefined ? own : `${forwarded},${own}`)
  if (own !== '') exchange.headers.set('x-envoy-original-host', own)
  exchange.headers.set(':authority', host)
}

const rewrite = (routing: Routing, selected: SelectedRoute, action: EnvoyJson, chosen: ChosenCluster): void => {
  const { exchange, walk } = routing
  const { pointer } = selected.route
  const before = { path: exchange.path, host: exchange.authority }
  mutateAll(routing, selected, requestLists, exchange.headers)
  const appends = flagAt(action, 'append_x_forwarded_host') === true
  const ofEntry = chosen.entry === undefined ? undefined : textAt(chosen.entry, 'host_rewrite_literal')
  if (ofEntry !== undefined && ofEntry !== '') exchange.headers.set(':authority', ofEntry)
  const host = rewrittenHost(action, exchange.headers, before.path)
  if (host !== undefined) rewriteHost(exchange, host, appends)
  if (exchange.authority !== before.host)
    walk.step({
      kind: 'rewritten',
      what: 'host',
      before: before.host,
      after: exchange.authority,
      by: 'route',
      evidence: walk.evidence(pointer),
    })
  const path = rewrittenPath(action, objectAt(selected.route.config, 'match') ?? {}, exchange.path, walk.behaviour)
  if (path === undefined) return
  exchange.headers.set('x-envoy-original-path', exchange.path)
  exchange.headers.set(':path', path)
  walk.step({
    kind: 'rewritten',
    what: 'path',
    before: before.path,
    after: path,
    by: 'route',
    evidence: walk.evidence(pointer),
  })
}

const mostGrpcMilliseconds = 99_999_999

const grpcDuration = (milliseconds: number): string =>
  milliseconds > mostGrpcMilliseconds ? `${Math.trunc(milliseconds / 1000)}S` : `${milliseconds}m`

const addRouterHeaders = (routing: Routing, selected: SelectedRoute, action: EnvoyJson, policy: RouterPolicy): void => {
  const { headers, grpc } = routing.exchange
  if (flagAt(selected.host.config, 'include_request_attempt_count') === true) headers.set('x-envoy-attempt-count', '1')
  const perTry = durationMs(policy.retry?.perTryTimeout) ?? 0
  const expected = perTry > 0 && (policy.timeoutMs === 0 || perTry < policy.timeoutMs) ? perTry : policy.timeoutMs
  if (expected <= 0) return
  headers.set('x-envoy-expected-rq-timeout-ms', `${Math.round(expected)}`)
  if (grpc && textAt(action, 'max_grpc_timeout') !== undefined)
    headers.set('grpc-timeout', grpcDuration(Math.round(expected)))
}

const noHosts = ({ exchange, flags }: Routing): Ending =>
  localReply(exchange, {
    status: 503,
    details: 'no_healthy_upstream',
    body: 'no healthy upstream',
    flags: [...flags, 'UH'],
  })

const mergedResponseHeaders = (routing: Routing, selected: SelectedRoute): readonly (readonly [string, string])[] => [
  ...routeResponseHeaders(routing, selected),
  ...routing.exchange.responseHeaders.list(),
]

const upgradeOf = (exchange: Exchange): Pick<Extract<Ending, { kind: 'forwarded' }>, 'upgrade'> => {
  const to = upgradeAsked(exchange)
  return to === undefined ? {} : { upgrade: { to, over: exchange.version === '2' ? 'h2' : 'http/1.1' } }
}

const forward = (
  routing: Routing,
  selected: SelectedRoute,
  action: EnvoyJson,
  chosen: ChosenCluster,
  cluster: Located,
): Ending => {
  const { walk, exchange } = routing
  walk.reached.cluster = chosen.name
  const policy = policyOf(selected, action, exchange)
  addRouterHeaders(routing, selected, action, policy)
  rewrite(routing, selected, action, chosen)
  const hosts: readonly HostChoice[] = chooseHosts(walk, cluster, {
    connection: exchange.connection,
    state: exchange.filterState,
    authority: exchange.authority,
    criteria: { ...criteriaOf([action, chosen.entry]), ...exchange.metadata.get('envoy.lb') },
  })
  if (hosts.length === 0) return noHosts(routing)
  return {
    kind: 'forwarded',
    request: upstreamRequest(exchange, cluster.config, walk.behaviour),
    hosts,
    policy,
    mirrors: mirrorsOf(walk, exchange, policy),
    flags: routing.flags,
    tellsTransportFailure: walk.behaviour.tellsTransportFailure,
    responseHeaders: mergedResponseHeaders(routing, selected),
    ...upgradeOf(exchange),
  }
}

const throughCluster = (routing: Routing, selected: SelectedRoute, action: EnvoyJson): Ending => {
  const { walk, route } = routing
  const chosen = route.cluster ?? { name: '' }
  const cluster = walk.index.clusters.get(chosen.name)
  const origin = originOf(cluster?.config)
  walk.step({
    kind: 'cluster',
    cluster: chosen.name,
    known: cluster !== undefined,
    ...(chosen.share === undefined ? {} : { share: chosen.share }),
    ...(origin === undefined ? {} : { origin }),
    evidence: walk.evidence(cluster?.pointer ?? selected.route.pointer),
  })
  return cluster === undefined ? missingCluster(routing, action) : forward(routing, selected, action, chosen, cluster)
}

const act = (routing: Routing): Ending => {
  const selection = routing.route.current
  if (selection.kind === 'none') return notFound(routing)
  if (selection.kind === 'tlsRedirect') return toHttps(routing)
  const { selected } = selection
  const { config } = selected.route
  const direct = objectAt(config, 'direct_response')
  if (direct !== undefined) return directResponse(routing, direct)
  const redirection = objectAt(config, 'redirect')
  if (redirection !== undefined) return redirect(routing, selected, redirection)
  const action = objectAt(config, 'route')
  return action === undefined ? missingCluster(routing, undefined) : throughCluster(routing, selected, action)
}

/** The router filter: the action of the chosen route (specs/waypoint.md §5.7). */
export const runRouter = (routing: Routing): Ending => {
  const ending = act(routing)
  const { selected } = routing.route
  if (ending.kind !== 'reply' || selected === undefined) return ending
  return { ...ending, headers: [...ending.headers, ...routeResponseHeaders(routing, selected)] }
}
