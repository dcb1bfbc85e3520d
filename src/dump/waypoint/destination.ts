import { objectAt, objectsAt, textAt, textsAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import { filtersOf, hcmName, tcpProxyName } from './chain.ts'

/** Where a chain leads, in istioctl's words (specs/istioctl.md §2.2). */
export const chainDestination = (chain: EnvoyJson): string => {
  for (const filter of filtersOf(chain)) {
    const name = textAt(filter, 'name')
    const config = objectAt(filter, 'typed_config') ?? {}
    if (name === hcmName) return hcmDestination(config)
    if (name === tcpProxyName && !mentionsBlackHole(config)) return clusterDestination(textAt(config, 'cluster') ?? '')
  }
  return 'Non-HTTP/Non-TCP'
}

/** Chains into the black hole are counted as nothing. */
export const mentionsBlackHole = (config: EnvoyJson): boolean => JSON.stringify(config).includes('BlackHoleCluster')

const clusterDestination = (cluster: string): string => (cluster.includes('Cluster') ? cluster : `Cluster: ${cluster}`)

const hcmDestination = (hcm: EnvoyJson): string => {
  const inline = objectAt(hcm, 'route_config')
  if (inline !== undefined) return inlineDestination(inline)
  const name = textAt(hcm, 'rds', 'route_config_name') ?? ''
  return name === '' ? 'HTTP' : `Route: ${name}`
}

const inlineDestination = (routes: EnvoyJson): string => {
  const hosts = objectsAt(routes, 'virtual_hosts')
  const everything = hosts.length === 1 ? matchAllCluster(hosts[0] ?? {}) : undefined
  if (everything !== undefined) return clusterDestination(everything)
  return `Inline Route: ${hosts.map(hostText).join('; ')}`
}

const matchAllCluster = (host: EnvoyJson): string | undefined => {
  const [route, ...others] = objectsAt(host, 'routes')
  const domains = textsAt(host, 'domains')
  if (others.length > 0 || domains.length !== 1 || domains[0] !== '*') return undefined
  return textAt(route, 'match', 'prefix') === '/' ? textAt(route, 'route', 'cluster') : undefined
}

const hostText = (host: EnvoyJson): string => {
  const domains = textsAt(host, 'domains')
  const routes = objectsAt(host, 'routes').map(pathText).join(', ')
  return domains.length === 1 && domains[0] === '*' ? routes : `${domains.join('/')} ${routes}`
}

/** The path condition of a route, in istioctl's words; empty where the route looks at something else. */
export const pathText = (route: EnvoyJson): string => {
  const of = (name: string) => textAt(route, 'match', name) ?? ''
  const regex = textAt(route, 'match', 'safe_regex', 'regex')
  return [
    ...(of('prefix') === '' ? [] : [`${of('prefix')}*`]),
    ...(of('path_separated_prefix') === '' ? [] : [`PathPrefix:${of('path_separated_prefix')}`]),
    ...(of('path') === '' ? [] : [of('path')]),
    ...(regex === undefined ? [] : [`regex ${regex}`]),
  ].join(' ')
}
