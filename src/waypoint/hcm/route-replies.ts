import { numberAt, objectAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { LocalReply } from '../exchange.ts'
import { localReply, type Reply } from '../reply.ts'
import { locationOf, redirectStatus } from '../route/redirect.ts'
import { rewrittenPath } from '../route/rewrite.ts'
import type { SelectedRoute } from '../route/select.ts'
import { type Routing, rewritePath, routeResponseHeaders } from './routing.ts'

/** An answer in place of the upstream's: the route adds its headers before the connection manager rewrites it. */
export const answer = (routing: Routing, { headers = [], flags = [], ...told }: LocalReply): Reply => {
  const { selected } = routing.route
  return localReply(routing.exchange, {
    ...told,
    flags: [...routing.flags, ...flags],
    headers: [...headers, ...(selected === undefined ? [] : routeResponseHeaders(routing, selected))],
  })
}

const bodyOf = (direct: EnvoyJson): string => {
  const bytes = textAt(direct, 'body', 'inline_bytes')
  if (bytes !== undefined) return Buffer.from(bytes, 'base64').toString()
  return textAt(direct, 'body', 'inline_string') ?? ''
}

/** Answers that say where something else is (RFC 9110 §10.2.2). */
const hasLocation = (status: number): boolean => status === 201 || (status >= 300 && status < 400)

export const directResponse = (routing: Routing, direct: EnvoyJson): Reply => {
  const { exchange, walk } = routing
  const status = numberAt(direct, 'status') ?? 200
  const location = ['location', locationOf({}, {}, exchange.headers, walk.behaviour)] as const
  return answer(routing, {
    status,
    details: 'direct_response',
    body: bodyOf(direct),
    headers: hasLocation(status) ? [location] : [],
  })
}

export const redirect = (routing: Routing, selected: SelectedRoute, action: EnvoyJson): Reply => {
  const { exchange, walk } = routing
  const match = objectAt(selected.route.config, 'match') ?? {}
  const location = locationOf(action, match, exchange.headers, walk.behaviour)
  rewritePath(exchange, rewrittenPath(action, match, exchange.path, walk.behaviour))
  return answer(routing, {
    status: redirectStatus(action),
    details: 'direct_response',
    headers: [['location', location]],
  })
}

export const toHttps = (routing: Routing): Reply => {
  const { authority, path } = routing.exchange
  return answer(routing, {
    status: 301,
    details: 'direct_response',
    headers: [['location', `https://${authority}${path}`]],
  })
}

const missingClusterStatuses: Readonly<Record<string, number>> = { NOT_FOUND: 404, INTERNAL_SERVER_ERROR: 500 }

export const missingClusterStatus = (action: EnvoyJson | undefined): number =>
  missingClusterStatuses[textAt(action, 'cluster_not_found_response_code') ?? ''] ?? 503

export const missingCluster = (routing: Routing, action: EnvoyJson | undefined): Reply =>
  answer(routing, {
    status: missingClusterStatus(action),
    details: 'cluster_not_found',
    flags: ['NC'],
  })

export const noHosts = (routing: Routing): Reply =>
  answer(routing, {
    status: 503,
    details: 'no_healthy_upstream',
    body: 'no healthy upstream',
    flags: ['UH'],
    attempts: 1,
  })
