import { describe, expect, it } from 'vitest'
import type { WaypointIndex } from '#waypoint/lookup.ts'
import { clientSees } from '#waypoint/upstream/answer.ts'
import { branchesOf, forwarded, only, toC } from './deciding.ts'
import { cluster, filter, get, host, httpWaypoint, router, routes, typed } from './made.ts'

describe('opaque filters', () => {
  const lua = filter('my.lua', 'extensions.filters.http.lua.v3.Lua')

  it('goes on under the assumption that an unknown filter lets the request pass', () => {
    const branch = only(httpWaypoint({ ...routes(toC), http_filters: [lua, router] }), get('/'))
    expect(branch.assumptions).toEqual([{ kind: 'filter', what: 'my.lua', assumed: 'passes' }])
    expect(forwarded(branch.ending).hosts.map(({ upstreamHost }) => upstreamHost)).toEqual(['10.1.1.1:80'])
  })

  it('follows both ways where a route depends on what such a filter may have written', () => {
    const authz = filter('authz', 'extensions.filters.http.jwt_authn.v3.JwtAuthentication', {
      providers: { p: { issuer: 'i', remote_jwks: {}, clear_route_cache: true } },
      rules: [{ match: { prefix: '/' }, requires: { provider_name: 'p' } }],
    })
    const index = httpWaypoint({ ...routes(toC), http_filters: [authz, router] })
    expect(only(index, get('/')).ending).toMatchObject({ kind: 'reply', status: 401 })
  })

  it('stays silent about an opaque filter that is not reached', () => {
    const deny = filter('rbac', 'extensions.filters.http.rbac.v3.RBAC', { rules: {} })
    const branch = only(httpWaypoint({ ...routes(toC), http_filters: [deny, lua, router] }), get('/'))
    expect(branch.assumptions).toEqual([])
    expect(branch.ending).toMatchObject({ status: 403, details: 'rbac_access_denied_matched_policy[none]' })
  })
})

describe('chances', () => {
  it('gives every branch of weights and faults its share, and all of them add up to 1', () => {
    const index = httpWaypoint(
      {
        ...routes({
          match: { prefix: '/' },
          route: {
            weighted_clusters: {
              clusters: [
                { name: 'c', weight: 1 },
                { name: 'd', weight: 3 },
                { name: 'e', weight: 0 },
              ],
            },
          },
        }),
        http_filters: [
          filter('fault', 'extensions.filters.http.fault.v3.HTTPFault', {
            abort: { http_status: 418, percentage: { numerator: 20 } },
          }),
          router,
        ],
      },
      [cluster('c', [host('10.1.1.1')]), cluster('d', [host('10.1.1.2')])],
    )
    const branches = branchesOf(index, get('/'))
    expect(branches.reduce((sum, { probability = 0 }) => sum + probability, 0)).toBeCloseTo(1)
    const ofD = branches.find(({ reached, ending }) => reached.cluster === 'd' && ending.kind === 'forwarded')
    expect(ofD?.probability).toBeCloseTo(0.75 * 0.8)
    expect(branches.some(({ reached }) => reached.cluster === 'e')).toBe(false)
  })
})

describe('what the client sees', () => {
  const forward = (policy: object) =>
    forwarded(only(httpWaypoint(routes({ ...toC, route: { cluster: 'c', ...policy } })), get('/')).ending)

  it('retries what the policy names and says when it gave up', () => {
    const retrying = forward({ retry_policy: { retry_on: '5xx', num_retries: 2 } })
    expect(clientSees(retrying, number => ({ kind: 'response', status: number < 3 ? 503 : 200 }))).toMatchObject({
      status: 200,
      attempts: 3,
    })
    expect(clientSees(retrying, () => ({ kind: 'response', status: 503 }))).toMatchObject({
      status: 503,
      flags: ['URX'],
    })
  })

  it('answers 504 when the route times out, and 503 UC when ztunnel refuses the tunnel', () => {
    expect(
      clientSees(forward({ timeout: '1s' }), () => ({ kind: 'response', status: 200, afterMs: 1500 })),
    ).toMatchObject({
      status: 504,
      flags: ['UT'],
    })
    expect(clientSees(forward({}), () => ({ kind: 'tunnelRefused' }))).toMatchObject({ status: 503, flags: ['UC'] })
  })

  it('answers gRPC with status 200 and a grpc-status', () => {
    const index = httpWaypoint(routes({ match: { prefix: '/x' }, route: { cluster: 'c' } }))
    const request = get('/a.B/C', { version: '2', method: 'POST', headers: [['content-type', 'application/grpc']] })
    expect(only(index, request).ending).toMatchObject({ status: 200, grpcStatus: 12, flags: ['NR'] })
  })
})

describe('port 15008', () => {
  const index = httpWaypoint(routes(toC))

  it('refuses identities outside the trust domain and clients without a certificate', () => {
    expect(only(index, get('/', {}, 'spiffe://other/ns/a/sa/b')).ending).toEqual({
      kind: 'outerClosed',
      why: 'untrustedIdentity',
    })
    const { peer: _, ...anonymous } = get('/')
    expect(only(index, anonymous).ending).toEqual({ kind: 'outerClosed', why: 'noCertificate' })
  })

  it('answers a request that is no CONNECT with 404', () => {
    const traffic = { kind: 'request', method: 'GET', authority: 'a', path: '/', headers: [] } as const
    expect(only(index, { ...get('/'), traffic }).ending).toMatchObject({
      kind: 'outerReply',
      status: 404,
      flags: ['NR'],
    })
  })
})

it('says when the endpoints were not collected', () => {
  const eds = { name: 'c', type: 'EDS', eds_cluster_config: { service_name: 'c' } }
  const branch = only(httpWaypoint(routes(toC), [eds]), get('/'))
  expect(branch.assumptions).toEqual([{ kind: 'missing', what: 'endpoints of c', assumed: 'none' }])
})

it('allows every origin where a CORS matcher takes the text *, however it is written', () => {
  const policy = typed('extensions.filters.http.cors.v3.CorsPolicy', {
    allow_origin_string_match: [{ contains: '*' }],
    expose_headers: 'x-e',
  })
  const index = httpWaypoint({
    ...routes({ ...toC, typed_per_filter_config: { cors: policy } }),
    http_filters: [filter('cors', 'extensions.filters.http.cors.v3.Cors'), router],
  })
  const { ending } = only(index, get('/', { headers: [['Origin', 'http://anyone']] }))
  expect(forwarded(ending).responseHeaders).toContainEqual(['access-control-allow-origin', 'http://anyone'])
})

describe('headers that the upstream or the client gets', () => {
  const added = (key: string, value: string, append_action?: string) => ({
    header: { key, value },
    ...(append_action === undefined ? {} : { append_action }),
  })
  const sent = (index: WaypointIndex, headers: readonly (readonly [string, string])[] = []) =>
    forwarded(only(index, get('/', { headers })).ending).request.headers

  it('appends to headers of one line behind a comma', () => {
    const index = httpWaypoint(routes({ ...toC, request_headers_to_add: [added('user-agent', 'v1')] }))
    expect(sent(index, [['User-Agent', 'curl']])).toContainEqual(['user-agent', 'curl,v1'])
  })

  it('puts the cookies of HTTP/2 in one line and drops empty ones', () => {
    const index = httpWaypoint(routes(toC))
    const cookies = (version: '1.1' | '2', headers: readonly (readonly [string, string])[]) =>
      forwarded(only(index, get('/', { version, headers })).ending).request.headers.filter(
        ([name]) => name === 'cookie',
      )
    const two = [
      ['cookie', 'a=1'],
      ['cookie', 'b=2'],
    ] as const
    expect(cookies('2', two)).toEqual([['cookie', 'a=1; b=2']])
    expect(cookies('1.1', two)).toEqual(two)
    expect(cookies('2', [['cookie', '']])).toEqual([])
    expect(cookies('1.1', [['cookie', '']])).toEqual([['cookie', '']])
  })

  it('tells a gRPC upstream how long it has, where the route limits that', () => {
    const grpc = [['content-type', 'application/grpc']] as const
    const timed = (more: object) => httpWaypoint(routes({ ...toC, route: { cluster: 'c', timeout: '0.3s', ...more } }))
    expect(sent(timed({ max_grpc_timeout: '0.3s' }), grpc)).toContainEqual(['grpc-timeout', '300m'])
    expect(sent(timed({ max_grpc_timeout: '0s' }), [...grpc, ['grpc-timeout', '2S']])).toContainEqual([
      'grpc-timeout',
      '2000m',
    ])
    expect(sent(timed({}), grpc).some(([name]) => name === 'grpc-timeout')).toBe(false)
    expect(sent(timed({ max_grpc_timeout: '0.3s' })).some(([name]) => name === 'grpc-timeout')).toBe(false)
  })

  it('finds no route for a request whose x-forwarded-proto is empty', () => {
    const request = get('/', { headers: [['x-forwarded-proto', '']] })
    expect(only(httpWaypoint(routes(toC)), request).ending).toMatchObject({ status: 404, flags: ['NR'] })
  })

  it('applies a weighted cluster first, even where the most specific level wins', () => {
    const weighted = { clusters: [{ name: 'c', weight: 1, request_headers_to_add: [added('x-a', 'cluster')] }] }
    const table = routes({
      match: { prefix: '/' },
      route: { weighted_clusters: weighted },
      request_headers_to_add: [added('x-b', '%REQ(x-a)%')],
    })
    const made = table.route_config as object
    const index = httpWaypoint({ route_config: { ...made, most_specific_header_mutations_wins: true } })
    expect(sent(index)).toContainEqual(['x-b', 'cluster'])
  })

  it('adds what a filter puts into answers to those too that the codec gives', () => {
    const mutation = filter('m', 'extensions.filters.http.header_mutation.v3.HeaderMutation', {
      mutations: { response_mutations: [{ append: added('x-resp', '1') }] },
    })
    const index = httpWaypoint({ ...routes(toC), http_filters: [mutation, router] })
    expect(forwarded(only(index, get('/')).ending).responseHeaders).toEqual([['x-resp', '1']])
    expect(only(index, get('/', { method: 'FOO' })).ending).toMatchObject({ status: 400, headers: [['x-resp', '1']] })
  })

  it('rewrites local replies by the first mapper that holds, and then by the format', () => {
    const mapper = (more: object, filtered: object) => ({ filter: filtered, ...more })
    const atLeast = (value: number) => ({
      status_code_filter: { comparison: { op: 'GE', value: { default_value: value, runtime_key: 'k' } } },
    })
    const index = httpWaypoint({
      ...routes({ match: { prefix: '/x' }, route: { cluster: 'c' } }),
      local_reply_config: {
        mappers: [
          mapper({ status_code: 418, body: { inline_string: 'gone' } }, { response_flag_filter: { flags: ['NR'] } }),
          mapper({ headers_to_add: [added('x-mapped', '1')] }, atLeast(400)),
        ],
        body_format: { text_format_source: { inline_string: '%RESPONSE_CODE%: %LOCAL_REPLY_BODY%' } },
      },
    })
    expect(only(index, get('/')).ending).toMatchObject({ status: 418, body: '418: gone', headers: [] })
    expect(only(index, get('/', { method: 'FOO' })).ending).toMatchObject({
      status: 400,
      body: '400: Bad Request',
      headers: [['x-mapped', '1']],
    })
  })

  it('adds response headers of the route to local replies, but not to a CORS preflight', () => {
    const policy = typed('extensions.filters.http.cors.v3.CorsPolicy', {
      allow_origin_string_match: [{ exact: 'http://a' }],
    })
    const table = routes({
      ...toC,
      response_headers_to_add: [added('x-resp', '1')],
      typed_per_filter_config: { cors: policy },
    })
    const corsFilter = filter('cors', 'extensions.filters.http.cors.v3.Cors')
    const deny = filter('rbac', 'extensions.filters.http.rbac.v3.RBAC', { rules: {} })
    const denied = only(httpWaypoint({ ...table, http_filters: [deny, router] }), get('/')).ending
    expect(denied).toMatchObject({ status: 403, headers: [['x-resp', '1']] })
    const headers = [
      ['Origin', 'http://a'],
      ['Access-Control-Request-Method', 'GET'],
    ] as const
    const preflight = get('/', { method: 'OPTIONS', headers })
    const answered = only(httpWaypoint({ ...table, http_filters: [corsFilter, router] }), preflight).ending
    expect(answered).toMatchObject({
      status: 200,
      details: 'cors_response',
      headers: [['access-control-allow-origin', 'http://a']],
    })
  })
})
