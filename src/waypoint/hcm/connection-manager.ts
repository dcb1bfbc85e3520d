import { flagAt, objectAt, objectsAt, textAt, textsAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { EnvoyBehaviour } from '../behaviour.ts'
import type { Connection } from '../connection.ts'
import { durationMs } from '../duration.ts'
import type { LocalReply } from '../exchange.ts'
import { Exchange } from '../exchange.ts'
import { Headers } from '../headers.ts'
import { mutateResponse } from '../http-filters/header-mutation.ts'
import type { Located } from '../lookup.ts'
import type { Ending } from '../outcome.ts'
import { localReply } from '../reply.ts'
import type { InnerTraffic } from '../request.ts'
import { RouteState } from '../route/state.ts'
import type { Walk } from '../walk.ts'
import { decodeTraffic } from './codec.ts'
import type { CodecError, StreamReset } from './codec-result.ts'
import { runHttpFilters } from './filters.ts'
import { admitHeaders, type ForwardingRules } from './forwarded.ts'
import { bodyLength } from './framing.ts'
import { stripPort, stripTrailingDot } from './host.ts'
import { rewriteReply } from './local-reply-config.ts'
import { normalizePath, type PathRules } from './path.ts'
import { runRouter } from './router.ts'
import { type Routing, routeResponseHeaders } from './routing.ts'
import { allowsUpgrade, upgradeAsked } from './upgrade.ts'

const slashActions: readonly PathRules['escapedSlashes'][] = [
  'REJECT_REQUEST',
  'UNESCAPE_AND_REDIRECT',
  'UNESCAPE_AND_FORWARD',
]

const pathRulesOf = (config: EnvoyJson, { dotSegmentsHaveParameters }: EnvoyBehaviour): PathRules => ({
  dotSegmentsHaveParameters,
  escapedSlashes:
    slashActions.find(action => action === textAt(config, 'path_with_escaped_slashes_action')) ?? 'KEEP_UNCHANGED',
  normalize: flagAt(config, 'normalize_path') === true,
  mergeSlashes: flagAt(config, 'merge_slashes') === true,
})

interface Managed {
  readonly walk: Walk
  readonly exchange: Exchange
  readonly manager: Located
}

/** What is refused before the path is looked at. */
const earlyRefusal = ({ walk, exchange }: Managed): LocalReply | undefined => {
  const { headers } = exchange
  if (!headers.has(':authority')) return { status: 400, details: 'missing_host_header' }
  const path = headers.get(':path')
  if (path === undefined && exchange.method !== 'CONNECT') return { status: 404, details: 'missing_path_rejected' }
  if (path !== undefined && !path.startsWith('/')) return { status: 404, details: 'absolute_path_rejected' }
  if (walk.behaviour.knowsQueryMethod && exchange.method === 'QUERY' && !headers.get('content-type'))
    return { status: 400, details: 'query_missing_content_type' }
  return undefined
}

const pathRefusal = ({ walk, exchange, manager }: Managed): LocalReply | undefined => {
  const before = exchange.headers.get(':path')
  if (before === undefined) return undefined
  const result = normalizePath(before, pathRulesOf(manager.config, walk.behaviour))
  const details = 'path_normalization_failed'
  if (result.kind === 'rejected') {
    exchange.headers.set(':path', result.path)
    return { status: 400, details }
  }
  if (result.path !== before) {
    exchange.headers.set(':path', result.path)
    walk.step({
      kind: 'rewritten',
      what: 'path',
      before,
      after: result.path,
      by: 'normalisation',
      evidence: walk.evidence(manager.pointer),
    })
  }
  if (result.kind === 'path') return undefined
  return exchange.grpc ? { status: 400, details } : { status: 307, details, headers: [['location', result.path]] }
}

const normalizeHost = ({ walk, exchange, manager }: Managed): void => {
  const before = exchange.authority
  const { local } = exchange.connection
  let host = before
  if (flagAt(manager.config, 'strip_trailing_host_dot') === true) host = stripTrailingDot(host)
  if (flagAt(manager.config, 'strip_any_host_port') === true) host = stripPort(host)
  else if (flagAt(manager.config, 'strip_matching_host_port') === true && local.kind === 'ip')
    host = stripPort(host, local.port)
  if (host === before) return
  exchange.headers.set(':authority', host)
  walk.step({
    kind: 'rewritten',
    what: 'host',
    before,
    after: host,
    by: 'normalisation',
    evidence: walk.evidence(manager.pointer),
  })
}

const upgradeRefusal = ({ exchange, manager }: Managed, route: RouteState): LocalReply | undefined => {
  const asked = upgradeAsked(exchange)
  // Without a route the filters are asked first, as for any other request.
  if (asked === undefined || route.current.kind === 'none') return undefined
  return allowsUpgrade(manager.config, route.action, asked) ? undefined : { status: 403, details: 'upgrade_failed' }
}

/** The routes in the connection manager itself, else those that RDS pushed under the name it gives. */
const tableOf = ({ walk, manager }: Managed): Located => {
  const inline = objectAt(manager.config, 'route_config')
  const name = textAt(manager.config, 'rds', 'route_config_name')
  const pushed = name === undefined ? undefined : walk.index.routeTables.get(name)
  if (inline === undefined && pushed !== undefined) return pushed
  if (name !== undefined && pushed === undefined)
    walk.assume({ kind: 'missing', what: `route configuration ${name}`, assumed: 'empty' })
  return { config: inline ?? {}, pointer: `${manager.pointer}/route_config` }
}

/** Replies of filters get the response headers of the route when it forwards; redirects and direct responses only their own. */
const answer = (routing: Routing, told: LocalReply): Ending => {
  const { exchange, route } = routing
  const { selected, action } = route
  if (told.whole === true || selected === undefined || action === undefined) return localReply(exchange, told)
  return localReply(exchange, {
    ...told,
    headers: [...(told.headers ?? []), ...routeResponseHeaders(routing, selected)],
  })
}

/** A refusal before routing is logged with the route too, if the client itself sent what routing needs. */
const answerEarly = (managed: Managed, refusal: LocalReply): Ending => {
  const { walk, exchange } = managed
  return exchange.headers.has('x-forwarded-proto')
    ? answer({ walk, exchange, route: new RouteState(walk, exchange, tableOf(managed)), flags: [] }, refusal)
    : localReply(exchange, refusal)
}

const defaultIdleMs = 300_000

const idleTimeout = (config: EnvoyJson): number => durationMs(textAt(config, 'stream_idle_timeout')) ?? defaultIdleMs

const forwardingOf = ({ walk, manager }: Managed, table: Located): ForwardingRules => {
  const { bootstrap, subject } = walk.index.dump
  const [id, cluster] = ['id', 'cluster'].map(name => textAt(bootstrap, 'node', name))
  return {
    config: manager.config,
    behaviour: walk.behaviour,
    ownIp: subject.ip ?? 'address of this proxy',
    internalOnly: textsAt(table.config, 'internal_only_headers'),
    ...(id === undefined || cluster === undefined ? {} : { node: { id, cluster } }),
  }
}

const serve = (managed: Managed): Ending => {
  const { walk, exchange, manager } = managed
  const early = earlyRefusal(managed) ?? pathRefusal(managed)
  if (early !== undefined) return answerEarly(managed, early)
  normalizeHost(managed)
  const table = tableOf(managed)
  const admitted = admitHeaders(forwardingOf(managed, table), exchange.connection, exchange.headers)
  if ('refusal' in admitted)
    return localReply(exchange, { status: admitted.refusal, details: 'rejecting_because_detection_failed' })
  exchange.remoteIp = admitted.ip
  const route = new RouteState(walk, exchange, table)
  const upgrade = upgradeRefusal(managed, route)
  if (upgrade !== undefined) return answer({ walk, exchange, route, flags: [] }, upgrade)
  const { reply, flags, waits } = runHttpFilters(walk, exchange, route, manager)
  if (waits === true) return { kind: 'stalled', timeoutMs: idleTimeout(manager.config), afterwards: 'closed' }
  const routing = { walk, exchange, route, flags }
  return reply === undefined ? runRouter(routing) : answer(routing, reply)
}

/** A request with what this connection manager does to every answer. */
export const managedExchange = (
  walk: Walk,
  { config }: Located,
  connection: Connection,
  { version, headers, bodyBytes }: Pick<Exchange, 'version' | 'headers'> & Partial<Pick<Exchange, 'bodyBytes'>>,
): Exchange => {
  const exchange = new Exchange(connection, version, headers, bodyBytes)
  exchange.rewriteReply = (reply, settle) => rewriteReply(walk, exchange, config, reply, settle)
  for (const filter of objectsAt(config, 'http_filters'))
    if (flagAt(filter, 'disabled') !== true) mutateResponse(walk, filter, exchange)
  return exchange
}

/** What the codec answers: its flag comes after the reply is made, and clients take no body in answer to HEAD. */
const refuseRequest = (exchange: Exchange, told: CodecError, traffic: InnerTraffic): Ending => {
  const reply = localReply(exchange, told)
  const bodiless = traffic.kind === 'http' && traffic.method === 'HEAD'
  return { ...reply, flags: ['DPE'], body: bodiless ? '' : reply.body }
}

const closed = { kind: 'closed', hosts: [] } as const

/** The client sees no answer, whatever one is on its way. */
const cut = (ending: Ending, { details, flag }: StreamReset): Ending => {
  switch (ending.kind) {
    case 'forwarded':
      return { ...closed, flags: [...ending.flags, flag], details, hosts: ending.hosts }
    case 'reply':
      return { ...closed, flags: ending.flags, details: ending.details }
    case 'stalled':
      return { ...closed, flags: [flag], details }
    default:
      return ending
  }
}

/** A reply before the body has come makes Envoy reset the stream behind it. */
const logged = (ending: Ending, details: string | undefined, { buffered }: Exchange): Ending =>
  ending.kind === 'reply' && details !== undefined && !buffered
    ? { ...ending, flags: [...ending.flags, 'DPE'], details }
    : ending

/** A connection manager with what came to it; the ending is what it answers or where it forwards. */
export const runConnectionManager = (
  walk: Walk,
  manager: Located,
  connection: Connection,
  traffic: InnerTraffic,
): Ending => {
  const decoded = decodeTraffic(traffic, manager.config, walk.behaviour, connection.tls !== undefined)
  if (decoded.kind === 'waiting') return { kind: 'stalled', timeoutMs: 0, afterwards: 'open' }
  if (decoded.kind === 'reset') return { kind: 'closed', flags: [decoded.flag], details: decoded.details, hosts: [] }
  if (decoded.kind === 'error') {
    const nothing = managedExchange(walk, manager, connection, { version: '1.1', headers: new Headers() })
    return refuseRequest(nothing, decoded, traffic)
  }
  const { version, headers, cutShort, detailsOfReply } = decoded
  const bodyBytes = traffic.kind === 'http' ? bodyLength(traffic) : undefined
  const exchange = managedExchange(walk, manager, connection, { version, headers, bodyBytes })
  exchange.cutShort = cutShort !== undefined
  const ending = logged(serve({ walk, exchange, manager }), detailsOfReply, exchange)
  return cutShort === undefined ? ending : cut(ending, cutShort)
}

export { serve as serveExchange }
