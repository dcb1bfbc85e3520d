import type { WaypointIndex } from '#waypoint/lookup.ts'
import type { WaypointRequest } from '#waypoint/request.ts'
import { cluster, filter, get, host, httpChain, ipMatcher, router, waypoint } from './made.ts'

export const services = 5_000
export const routesOfOne = 20_000

const ipOf = (index: number): string => `10.${96 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`
const input = (type: string) => ({
  name: 'i',
  typed_config: { '@type': `type.googleapis.com/envoy.extensions.matching.common_inputs.network.v3.${type}` },
})
const action = (chain: string) => ({ action: { name: chain, typed_config: { value: chain } } })

const manyRoutes = Array.from({ length: routesOfOne }, (_, index) => ({
  match: index % 2 === 0 ? { path_separated_prefix: `/r${index}` } : { safe_regex: { regex: `/x${index}/[a-z]+` } },
  route: { cluster: 'c' },
}))

const chainOf = (index: number) =>
  httpChain(`s${index}`, {
    http_filters: [router],
    route_config: {
      virtual_hosts: [
        {
          name: 'v',
          domains: ['*'],
          routes: index === 0 ? manyRoutes : [{ match: { prefix: '/' }, route: { cluster: 'c' } }],
        },
      ],
    },
  })

/** 5,000 services with a chain each, of which the first has 20,000 routes. */
export const largeWaypoint = (): WaypointIndex =>
  waypoint(
    {
      listener_filters: [filter('original_dst', 'extensions.filters.listener.original_dst.v3.OriginalDst')],
      filter_chains: Array.from({ length: services }, (_, service) => chainOf(service)),
      filter_chain_matcher: {
        matcher_tree: {
          input: input('DestinationIPInput'),
          custom_match: ipMatcher(
            Array.from({ length: services }, (_, service) => ({
              ranges: [{ address_prefix: ipOf(service), prefix_len: 32 }],
              on_match: {
                matcher: {
                  matcher_tree: {
                    input: input('DestinationPortInput'),
                    exact_match_map: { map: { '80': action(`s${service}`) } },
                  },
                },
              },
            })),
          ),
        },
      },
    },
    [cluster('c', [host('10.1.1.1')])],
  )

export const requestTo = (service: number, path: string): WaypointRequest => {
  const request = get(path)
  return { ...request, traffic: { ...request.traffic, authority: `${ipOf(service)}:80` } } as WaypointRequest
}
