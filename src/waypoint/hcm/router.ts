import { flagAt, objectAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import { durationMs } from '../duration.ts'
import type { Exchange } from '../exchange.ts'
import type { Located } from '../lookup.ts'
import { originOf } from '../origin.ts'
import type { Ending, HostChoice, RouterPolicy } from '../outcome.ts'
import { lateReply } from '../reply.ts'
import type { ChosenCluster } from '../route/cluster.ts'
import { rewrittenHost, rewrittenPath } from '../route/rewrite.ts'
import type { SelectedRoute } from '../route/select.ts'
import { chooseHosts } from '../upstream/choose.ts'
import { criteriaOf } from '../upstream/subset.ts'
import { mirrorsOf } from './mirror.ts'
import { policyOf } from './policy.ts'
import { answer, directResponse, missingCluster, noHosts, redirect, toHttps } from './route-replies.ts'
import { mutateRequest, type Routing, rewritePath, routeResponseHeaders } from './routing.ts'
import { upgradeAsked } from './upgrade.ts'
import { upstreamRequest } from './upstream-request.ts'

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
  mutateRequest(routing, selected)
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
  rewritePath(exchange, path)
  if (path === undefined) return
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

const countAttempts = ({ exchange }: Routing, { host }: SelectedRoute): void => {
  if (flagAt(host.config, 'include_request_attempt_count') === true) exchange.headers.set('x-envoy-attempt-count', '1')
}

const tellTimeout = ({ exchange }: Routing, action: EnvoyJson, policy: RouterPolicy): void => {
  const { headers, grpc } = exchange
  const perTry = durationMs(policy.retry?.perTryTimeout) ?? 0
  const expected = perTry > 0 && (policy.timeoutMs === 0 || perTry < policy.timeoutMs) ? perTry : policy.timeoutMs
  if (expected <= 0) return
  headers.set('x-envoy-expected-rq-timeout-ms', `${Math.round(expected)}`)
  if (grpc && textAt(action, 'max_grpc_timeout') !== undefined)
    headers.set('grpc-timeout', grpcDuration(Math.round(expected)))
}

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
  const countsFirst = walk.behaviour.countsAttempts === 'before mutations'
  if (countsFirst) countAttempts(routing, selected)
  tellTimeout(routing, action, policy)
  rewrite(routing, selected, action, chosen)
  if (!countsFirst) countAttempts(routing, selected)
  const hosts: readonly HostChoice[] = chooseHosts(walk, cluster, {
    connection: exchange.connection,
    state: exchange.filterState,
    authority: exchange.authority,
    criteria: { ...criteriaOf([action, chosen.entry]), ...exchange.metadata.get('envoy.lb') },
  })
  if (hosts.length === 0) return noHosts(routing)
  const headers = routeResponseHeaders(routing, selected)
  return {
    kind: 'forwarded',
    request: upstreamRequest(exchange, cluster.config, walk.behaviour),
    hosts,
    policy,
    mirrors: mirrorsOf(walk, exchange, policy),
    flags: routing.flags,
    tellsTransportFailure: walk.behaviour.tellsTransportFailure,
    responseHeaders: [...headers, ...exchange.responseHeaders.list()],
    localReply: told => lateReply(exchange, { ...told, headers }),
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

/** The router filter: the action of the chosen route (specs/waypoint.md §5.7). */
export const runRouter = (routing: Routing): Ending => {
  const selection = routing.route.current
  if (selection.kind === 'none') return answer(routing, { status: 404, details: 'route_not_found', flags: ['NR'] })
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
