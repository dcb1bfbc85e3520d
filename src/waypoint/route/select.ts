import { objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { Exchange } from '../exchange.ts'
import type { Located } from '../lookup.ts'
import { originOf } from '../origin.ts'
import type { PassedRoute, RouteRef } from '../outcome.ts'
import type { Walk } from '../walk.ts'
import { percentOf, routeMatches, routeSubject } from './match.ts'
import { beginningsOf } from './reject.ts'
import { virtualHostOf } from './virtual-host.ts'

/** The levels of configuration that a request ended up under, most specific first where filters look. */
export interface SelectedRoute {
  readonly table: EnvoyJson
  readonly host: Located
  readonly route: Located
  readonly ref: RouteRef
}

export type Selection =
  | { readonly kind: 'route'; readonly selected: SelectedRoute }
  | { readonly kind: 'none' }
  /** A virtual host that takes https only. */
  | { readonly kind: 'tlsRedirect'; readonly host: Located }

const takesTlsOnly = (host: EnvoyJson, exchange: Exchange): boolean => {
  const requirement = textAt(host, 'require_tls') ?? 'NONE'
  if (requirement === 'NONE') return false
  if (requirement === 'EXTERNAL_ONLY' && exchange.headers.get('x-envoy-internal') === 'true') return false
  return exchange.headers.get('x-forwarded-proto') !== 'https'
}

const refOf = (host: EnvoyJson, hostIndex: number, route: EnvoyJson, index: number): RouteRef => {
  const origin = originOf(route)
  return {
    name: textAt(route, 'name') ?? '',
    virtualHost: textAt(host, 'name') ?? '',
    virtualHostIndex: hostIndex,
    index,
    ...(origin === undefined ? {} : { origin }),
  }
}

const sampled = (walk: Walk, match: EnvoyJson): boolean => {
  const fraction = objectAt(match, 'runtime_fraction')
  return fraction === undefined || walk.chance(percentOf(objectAt(fraction, 'default_value')))
}

const firstRoute = (walk: Walk, exchange: Exchange, table: EnvoyJson, host: EnvoyJson) => {
  const passed: PassedRoute[] = []
  const subject = routeSubject(exchange, walk.behaviour, table)
  const beginnings = beginningsOf(host)
  const path = subject.path ?? ''
  const folded = path.toLowerCase()
  for (const [index, route] of objectsAt(host, 'routes').entries()) {
    const { text = '', fold = false } = beginnings[index] ?? {}
    if (!(fold ? folded : path).startsWith(text)) {
      passed.push({ index, failed: 'path' })
      continue
    }
    const match = objectAt(route, 'match') ?? {}
    const { holds, failed } = routeMatches(match, subject)
    if (holds === 'no' || !walk.settle(holds, failed)) passed.push({ index, failed })
    else if (!sampled(walk, match)) passed.push({ index, failed: 'runtime_fraction' })
    else return { passed, index, route }
  }
  return { passed, index: -1, route: undefined }
}

const noRoute = { passed: [], index: -1, route: undefined } as const

/** Virtual host, then the first route whose conditions all hold (specs/waypoint.md §5.5, §5.6). */
export const selectRoute = (walk: Walk, exchange: Exchange, table: Located): Selection => {
  const found = virtualHostOf(table.config, exchange.headers.get(':authority'))
  const host = found === undefined ? undefined : objectsAt(table.config, 'virtual_hosts')[found.index]
  if (found === undefined || host === undefined) {
    walk.step({
      kind: 'route',
      passed: [],
      evidence: [{ from: 'absence', file: walk.index.file, lookedFor: 'virtual host' }],
    })
    return { kind: 'none' }
  }
  const hostPointer = `${table.pointer}/virtual_hosts/${found.index}`
  const located = { config: host, pointer: hostPointer }
  walk.step({
    kind: 'virtualHost',
    name: textAt(host, 'name') ?? '',
    domain: found.domain,
    evidence: walk.evidence(hostPointer),
  })
  if (takesTlsOnly(host, exchange)) return { kind: 'tlsRedirect', host: located }
  // Without a protocol that the client used Envoy looks at no route.
  const { passed, index, route } =
    exchange.headers.get('x-forwarded-proto') === '' ? noRoute : firstRoute(walk, exchange, table.config, host)
  const pointer = route === undefined ? `${hostPointer}/routes` : `${hostPointer}/routes/${index}`
  const ref = route === undefined ? undefined : refOf(host, found.index, route, index)
  walk.step({ kind: 'route', ...(ref === undefined ? {} : { route: ref }), passed, evidence: walk.evidence(pointer) })
  if (route === undefined || ref === undefined) return { kind: 'none' }
  return { kind: 'route', selected: { table: table.config, host: located, route: { config: route, pointer }, ref } }
}
