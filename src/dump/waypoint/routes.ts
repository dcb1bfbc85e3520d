import { entriesAt, objectAt, objectsAt, textAt, textsAt } from '#decode/json/member.ts'
import type { EnvoyDump, EnvoyJson, EnvoyResource } from '#model/envoy.ts'
import type { ObjectRef } from '#model/evidence.ts'
import { originOf } from '#waypoint/origin.ts'
import { pathText } from './destination.ts'
import { shortDomains } from './domains.ts'
import { managedBy } from './origin.ts'
import { inListOrder, type ResourceFacts, resourceFacts } from './resource.ts'
import { conditionsText } from './words/conditions.ts'
import { describeTyped } from './words/registry.ts'
import { actionText, destinationsOf, headerChanges, policiesText } from './words/route.ts'

export interface RouteRow extends ResourceFacts {
  readonly name: string
  readonly virtualHosts: number
  readonly virtualHost: string
  readonly domains: string
  readonly allDomains: readonly string[]
  /** istioctl's: the path alone. */
  readonly match: string
  readonly virtualService: string
  readonly origin?: ObjectRef
  /** The route's own name, which the access log shows. */
  readonly route: string
  /** Everything a request must have. */
  readonly conditions: string
  readonly action: string
  /** Timeout, retries, mirrors, hash policy. */
  readonly policies: string
  readonly headers: string
  /** Filters that this route configures otherwise. */
  readonly overrides: string
}

/** A virtual host as its configuration lists it: one row for each route that it shows, at least one. */
export const routeRows = (dump: EnvoyDump, wish: { readonly name?: string | undefined } = {}): readonly RouteRow[] =>
  wantedRoutes(dump, wish).flatMap(resource => configurationRows(dump, resource))

export const wantedRoutes = (
  dump: EnvoyDump,
  { name }: { readonly name?: string | undefined },
): readonly EnvoyResource[] =>
  numbersAscending(inListOrder(dump.routes)).filter(resource => name === undefined || resource.name === name)

/** istioctl orders neighbours whose names are both ports, and leaves all other names where they are. */
const numbersAscending = (resources: readonly EnvoyResource[]): readonly EnvoyResource[] => {
  const ordered: EnvoyResource[] = []
  let run: EnvoyResource[] = []
  const close = () => {
    ordered.push(...run.sort((a, b) => Number(a.name) - Number(b.name)))
    run = []
  }
  for (const resource of resources) {
    if (/^[+-]?\d+$/.test(resource.name)) run.push(resource)
    else {
      close()
      ordered.push(resource)
    }
  }
  close()
  return ordered
}

const configurationRows = (dump: EnvoyDump, resource: EnvoyResource): readonly RouteRow[] => {
  const hosts = objectsAt(resource.config, 'virtual_hosts')
  const facts = { ...resourceFacts(dump, resource), name: resource.name, virtualHosts: hosts.length }
  return hosts.flatMap(host => hostRows(facts, host))
}

const hostRows = (
  facts: ResourceFacts & { readonly name: string; readonly virtualHosts: number },
  host: EnvoyJson,
): readonly RouteRow[] => {
  const domains = textsAt(host, 'domains')
  const shared = {
    ...facts,
    virtualHost: textAt(host, 'name') ?? '',
    domains: shortDomains(domains),
    allDomains: domains,
  }
  const routes = objectsAt(host, 'routes')
  if (routes.length === 0) return [{ ...shared, ...noRoute }]
  return routes.filter(route => !isPassthrough(route)).map(route => ({ ...shared, ...routeCells(host, route) }))
}

const noRoute = {
  match: '/*',
  virtualService: '404',
  route: '',
  conditions: 'any',
  action: '404: the virtual host has no route',
  policies: '',
  headers: '',
  overrides: '',
}

const isPassthrough = (route: EnvoyJson): boolean => textAt(route, 'route', 'cluster') === 'PassthroughCluster'

const routeCells = (host: EnvoyJson, route: EnvoyJson) => {
  const origin = originOf(route)
  return {
    match: pathText(route),
    virtualService: managedBy(route),
    ...(origin === undefined ? {} : { origin }),
    route: textAt(route, 'name') ?? '',
    conditions: conditionsText(objectAt(route, 'match') ?? {}),
    action: actionText(route),
    policies: policiesText(objectAt(route, 'route') ?? {}),
    headers: [...headerChanges(route), ...ofDestinations(route, headerChanges), ...headerChanges(host)].join('; '),
    overrides: [
      ...overridesOf(host),
      ...overridesOf(route),
      ...ofDestinations(route, overridesOf),
      ...legacyCors(route),
    ].join('; '),
  }
}

const ofDestinations = (route: EnvoyJson, texts: (destination: EnvoyJson) => readonly string[]): readonly string[] =>
  destinationsOf(route).flatMap(([cluster, destination]) => texts(destination).map(text => `to ${cluster}: ${text}`))

const overridesOf = (holder: EnvoyJson): readonly string[] =>
  entriesAt(holder, 'typed_per_filter_config').map(([filter, any]) => {
    if (any.disabled === true) return `${filter} off`
    const wrapped = textAt(any, '@type')?.endsWith('.FilterConfig') === true ? objectAt(any, 'config') : undefined
    const config = wrapped ?? any
    return `${filter}: ${describeTyped(filter, config).text}`
  })

/** Up to 1.19 CORS stands in the route action (specs/waypoint.md §3.5). */
const legacyCors = (route: EnvoyJson): readonly string[] => {
  const cors = objectAt(route, 'route', 'cors')
  if (cors === undefined) return []
  const config = { ...cors, '@type': 'type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy' }
  return [`envoy.filters.http.cors: ${describeTyped('envoy.filters.http.cors', config).text}`]
}
