import { describe, expect, it } from 'vitest'
import type { EnvoyJson } from '#model/envoy.ts'
import type { HeaderList, InnerHttp } from '#waypoint/request.ts'
import { forwarded, only, toC } from './deciding.ts'
import { cluster, filter, get, host, httpChain, httpWaypoint, router, routes, tcpChain, waypoint } from './made.ts'

const waypointOf = (manager: EnvoyJson = {}, version?: string) =>
  httpWaypoint({ ...routes(toC), ...manager }, undefined, version)

const ending = (members: Partial<InnerHttp>, manager?: EnvoyJson, version?: string) =>
  only(waypointOf(manager, version), get(members.path ?? '/', members)).ending

const details = (members: Partial<InnerHttp>, manager?: EnvoyJson, version?: string) => {
  const end = ending(members, manager, version)
  return 'details' in end ? end.details : end.kind
}

const many = (count: number): HeaderList => Array.from({ length: count }, (_, at) => [`x-${at}`, '1'] as const)

describe('names with an underscore', () => {
  const acting = (headers_with_underscores_action: string) => ({
    common_http_protocol_options: { headers_with_underscores_action },
  })
  const named = [['x_a', '1']] as const
  const own = /^x-(envoy|forwarded|request)/
  const handedOn = (version: InnerHttp['version'], action: string) =>
    forwarded(ending({ version, headers: named }, acting(action))).request.headers.filter(([name]) => !own.test(name))

  it.each(['1.1', '2'] as const)('are kept or dropped, in HTTP/%s', version => {
    expect(handedOn(version, 'ALLOW')).toEqual(named)
    expect(handedOn(version, 'DROP_HEADER')).toEqual([])
  })

  it('are answered over HTTP/1, and reset over HTTP/2', () => {
    const refusing = acting('REJECT_REQUEST')
    expect(ending({ headers: named }, refusing)).toMatchObject({
      status: 400,
      flags: ['DPE'],
      details: 'http1.unexpected_underscore',
    })
    expect(ending({ headers: named, version: '2' }, refusing)).toMatchObject({
      kind: 'closed',
      flags: ['DR'],
      details: 'http2.unexpected_underscore',
    })
  })

  it('are looked at line by line, before what the whole says and after what the parser does', () => {
    const refusing = acting('REJECT_REQUEST')
    const http1 = (headers: HeaderList, more: Partial<InnerHttp> = {}) => details({ headers, ...more }, refusing)
    expect(http1(named, { version: '1.0' })).toBe('http1.unexpected_underscore')
    expect(http1([...many(99), ...named])).toBe('http1.unexpected_underscore')
    expect(http1([...many(100), ...named])).toBe('http1.too_many_headers')
    expect(http1([...named, ['content-length', 'x']])).toBe('http1.codec_error')
    expect(http1([...named, ['transfer-encoding', 'gzip']])).toBe('http1.unexpected_underscore')
  })

  it('do not count once they are dropped, and name every reset of their stream', () => {
    const http2 = (headers: HeaderList) => details({ headers, version: '2' }, acting('DROP_HEADER'))
    expect(http2([...named, ...many(96)])).toBe('forwarded')
    expect(http2([...named, ...many(97)])).toBe('http2.unexpected_underscore')
    expect(http2([...many(97), ...named])).toBe('http2.too_many_headers')
  })
})

describe('a reply of Envoy itself to a request whose body is still to come', () => {
  const dropping = { common_http_protocol_options: { headers_with_underscores_action: 'DROP_HEADER' } }
  const sent = (bodyBytes: number) =>
    only(httpWaypoint({ ...routes(), ...dropping }), get('/', { version: '2', headers: [['x_a', '1']], bodyBytes }))
      .ending

  it('is logged as the name that was dropped', () => {
    expect(sent(0)).toMatchObject({ status: 404, flags: ['NR'], details: 'route_not_found' })
    expect(sent(3)).toMatchObject({ status: 404, flags: ['NR', 'DPE'], details: 'http2.unexpected_underscore' })
  })
})

describe('blanks around a value', () => {
  const spaced = { headers: [['content-type', ' application/grpc ']], method: 'POST' } as const

  it('belong to it over HTTP/2, where such a type is none of gRPC', () => {
    const denying = { http_filters: [filter('rbac', 'extensions.filters.http.rbac.v3.RBAC', { rules: {} }), router] }
    expect(ending({ ...spaced, version: '2' }, denying)).toMatchObject({ status: 403 })
    expect(ending(spaced, denying)).toMatchObject({ status: 200, grpcStatus: 7 })
  })

  it('are looked at by the matchers of routes', () => {
    const wanted = { prefix: '/', headers: [{ name: 'x-a', string_match: { exact: ' foo' } }] }
    const index = httpWaypoint(routes({ match: wanted, route: { cluster: 'c' } }))
    const asked = (version: InnerHttp['version']) =>
      only(index, get('/', { version, headers: [['x-a', ' foo']] })).ending.kind
    expect([asked('2'), asked('1.1')]).toEqual(['forwarded', 'reply'])
  })
})

describe('characters that no request has', () => {
  it.each<[string, Partial<InnerHttp>]>([
    ['in a path', { path: '/a\u007f' }],
    ['in a query', { path: '/?q=\u0001' }],
    ['in a value', { headers: [['x-a', 'a\u0000b']] }],
    ['in a name of a host', { authority: 'a\u007f' }],
  ])('are refused %s', (_, members) => {
    expect(ending(members)).toMatchObject({ status: 400, details: 'http1.invalid_characters', flags: ['DPE'] })
    expect(ending({ ...members, version: '2' })).toMatchObject({
      kind: 'closed',
      details: 'http2.invalid.header.field',
      flags: ['DPE'],
    })
  })

  it('leave a tab in a value, and bytes of other scripts', () => {
    for (const version of ['1.1', '2'] as const)
      expect(details({ version, headers: [['x-a', 'a\tb é']] })).toBe('forwarded')
    expect(details({ path: '/é', version: '2' })).toBe('forwarded')
    expect(details({ path: '/é' })).toBe('http1.codec_error')
  })

  it('are skipped where they are blanks behind the target', () => {
    expect(forwarded(ending({ path: '/a\t' })).request.path).toBe('/a')
    expect(details({ path: '/a\tb' })).toBe('http1.codec_error')
  })

  it('are no tokens in names of headers and methods', () => {
    expect(details({ headers: [['x(a', '1']] })).toBe('http1.codec_error')
    expect(details({ method: 'G(T', version: '2' })).toBe('http2.invalid.header.field')
  })
})

describe('what the HTTP inspector makes of control characters behind a target', () => {
  it.each([
    ['1.38.3', '/\u0001', 'tcp'],
    ['1.39.0', '/\u0001', 'http'],
    ['1.40.0', '/\u007f', 'tcp'],
  ])('of %s: %j is %s', (version, path, chain) => {
    const inspectors = ['original_dst.v3.OriginalDst', 'http_inspector.v3.HttpInspector']
    const main = {
      listener_filters: inspectors.map(type => filter(type, `extensions.filters.listener.${type}`)),
      filter_chains: [
        { ...httpChain('http', routes(toC)), filter_chain_match: { application_protocols: ['http/1.1'] } },
        tcpChain('tcp', 'c'),
      ],
    }
    const made = waypoint(main, [cluster('c', [host('10.1.1.1')])], version)
    expect(only(made, get(path)).reached.filterChain).toBe(chain)
  })
})

describe('a scheme over HTTP/2', () => {
  it.each(['', 'h:tp', 'a b'])('that is none matters to one library only: "%s"', scheme => {
    expect(details({ version: '2', scheme })).toBe('http2.invalid.header.field')
    expect(details({ version: '2', scheme }, {}, '1.36.4')).toBe('forwarded')
  })
})

describe('a body over HTTP/2 that is not as long as was told', () => {
  const wrong = (bodyBytes: number, version: string, manager: EnvoyJson = {}) => {
    const told = { version: '2', method: 'POST', headers: [['content-length', '5']], bodyBytes } as const
    const { ending: end, reached } = only(waypointOf(manager, version), get('/', told))
    if (end.kind !== 'closed') throw new Error(end.kind)
    return [end.flags.join(), end.details, reached.cluster, end.hosts.map(({ upstreamHost }) => upstreamHost).join()]
  }

  it('is found out with the headers or after the request went to a host', () => {
    const [violation, reset] = ['http2.violation.of.messaging.rule', 'http2.remote_reset']
    expect(wrong(0, '1.40.0')).toEqual(['DPE', violation, undefined, ''])
    expect(wrong(0, '1.36.4')).toEqual(['DR', violation, 'c', '10.1.1.1:80'])
    expect(wrong(3, '1.40.0')).toEqual(['DPE', reset, 'c', '10.1.1.1:80'])
    expect(wrong(3, '1.36.4')).toEqual(['DR', reset, 'c', '10.1.1.1:80'])
  })

  it('gets to no host and no later filter where a filter waits for it', () => {
    const deny = filter('rbac', 'extensions.filters.http.rbac.v3.RBAC', { rules: {} })
    const buffer = filter('buffer', 'extensions.filters.http.buffer.v3.Buffer', { max_request_bytes: 9 })
    expect(wrong(3, '1.40.0', { http_filters: [buffer, deny, router] })).toEqual(['DPE', 'http2.remote_reset', 'c', ''])
  })

  it('hides the answer of Envoy itself', () => {
    const direct = routes({ match: { prefix: '/' }, direct_response: { status: 403 } })
    expect(wrong(3, '1.40.0', direct).slice(0, 2)).toEqual(['', 'direct_response'])
    expect(wrong(3, '1.40.0', routes()).slice(0, 2)).toEqual(['NR', 'route_not_found'])
  })

  it('may say so with a sign and blanks in one library', () => {
    const signed = { version: '2', headers: [['content-length', ' +5']], bodyBytes: 5 } as const
    expect([details(signed, {}, '1.36.4'), details(signed)]).toEqual(['forwarded', 'http2.invalid.header.field'])
  })
})

describe('headers of which Envoy keeps one line', () => {
  const sent = (names: string, version?: string, host: EnvoyJson = {}) => {
    const table = { route_config: { virtual_hosts: [{ name: 'v', domains: ['*'], routes: [toC], ...host }] } }
    const headers = [
      [names, '7'],
      [names, '8'],
    ] as const
    const asked = forwarded(only(httpWaypoint(table, undefined, version), get('/', { headers })).ending)
    return asked.request.headers.flatMap(([name, value]) => (name === names ? [value] : []))
  }

  it('are joined, and others are not', () => {
    expect(['x-envoy-attempt-count', 'accept', 'x-forwarded-port'].flatMap(name => sent(name))).toEqual(
      Array.from({ length: 3 }, () => '7,8'),
    )
    expect(sent('accept-language')).toEqual(['7', '8'])
  })

  it('give way to the number of the attempt, which routes may change since 1.37', () => {
    const counting = {
      include_request_attempt_count: true,
      request_headers_to_add: [{ header: { key: 'x-envoy-attempt-count', value: 'v' } }],
    }
    expect(sent('x-envoy-attempt-count', '1.36.4', counting)).toEqual(['1'])
    expect(sent('x-envoy-attempt-count', '1.37.0', counting)).toEqual(['1,v'])
  })
})
