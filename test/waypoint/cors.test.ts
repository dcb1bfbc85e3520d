import { describe, expect, it } from 'vitest'
import type { EnvoyJson } from '#model/envoy.ts'
import type { HeaderList } from '#waypoint/request.ts'
import { only, toC } from './deciding.ts'
import { filter, get, httpWaypoint, router, routes, typed } from './made.ts'

const policy = (members: EnvoyJson): EnvoyJson => typed('extensions.filters.http.cors.v3.CorsPolicy', members)

const preflighted = (ofRoute: EnvoyJson, asked: HeaderList = [], ofHost?: EnvoyJson) => {
  const table = routes({ ...toC, typed_per_filter_config: { cors: policy(ofRoute) } })
  const { virtual_hosts, ...rest } = table.route_config as { virtual_hosts: readonly EnvoyJson[] }
  const hosts = virtual_hosts.map(host =>
    ofHost === undefined ? host : { ...host, typed_per_filter_config: { cors: policy(ofHost) } },
  )
  const manager = {
    route_config: { ...rest, virtual_hosts: hosts },
    http_filters: [filter('cors', 'extensions.filters.http.cors.v3.Cors'), router],
  }
  const headers: HeaderList = [['origin', 'http://a'], ['access-control-request-method', 'PUT'], ...asked]
  const { ending } = only(httpWaypoint(manager), get('/', { method: 'OPTIONS', headers }))
  return ending.kind === 'reply' ? Object.fromEntries(ending.headers) : ending.kind
}

const anyOrigin = { allow_origin_string_match: [{ prefix: '' }] }

describe('CORS', () => {
  it('answers a preflight what it asks for where everything is allowed', () => {
    const all = { ...anyOrigin, allow_methods: '*', allow_headers: '*' }
    expect(preflighted(all, [['access-control-request-headers', 'x-a, x-b']])).toMatchObject({
      'access-control-allow-methods': 'PUT',
      'access-control-allow-headers': 'x-a, x-b',
    })
    expect(preflighted(all)).toMatchObject({ 'access-control-allow-headers': '' })
    expect(preflighted({ ...anyOrigin, allow_methods: 'GET,*' })).toMatchObject({
      'access-control-allow-methods': 'GET,*',
    })
  })

  it('takes from the virtual host what the policy of the route leaves open, but not whether it is on', () => {
    const ofHost = { ...anyOrigin, allow_methods: 'GET', filter_enabled: { default_value: { numerator: 0 } } }
    expect(preflighted({ allow_headers: 'x-a' }, [], ofHost)).toMatchObject({
      'access-control-allow-origin': 'http://a',
      'access-control-allow-methods': 'GET',
      'access-control-allow-headers': 'x-a',
    })
  })
})
