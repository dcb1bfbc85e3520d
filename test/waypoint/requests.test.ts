import { describe, expect, it } from 'vitest'
import type { HeaderList, InnerHttp } from '#waypoint/request.ts'
import { forwarded, only, toC } from './deciding.ts'
import { cluster, filter, get, host, httpChain, httpWaypoint, routes, tcpChain, waypoint } from './made.ts'

const index = httpWaypoint(routes(toC))
const ending = (path: string, members: Partial<InnerHttp> = {}) => only(index, get(path, members)).ending
const details = (path: string, members?: Partial<InnerHttp>) => {
  const end = ending(path, members)
  return 'details' in end ? end.details : end.kind
}

describe('headers for one connection', () => {
  const own = /^x-(envoy|forwarded|request)/
  const handedOn = (headers: HeaderList) =>
    forwarded(ending('/', { headers })).request.headers.filter(([name]) => !own.test(name))

  it.each<[string, HeaderList, HeaderList]>([
    ['an upgrade that Connection does not name', [['upgrade', 'websocket']], []],
    [
      'what Connection names',
      [
        ['connection', 'close, X-A'],
        ['x-a', '1'],
        ['x-b', '2'],
      ],
      [['x-b', '2']],
    ],
    [
      'keep-alive and its like',
      [
        ['keep-alive', '5'],
        ['proxy-connection', 'close'],
      ],
      [],
    ],
    ['TE but for trailers', [['te', 'trailers, gzip']], [['te', 'trailers']]],
    ['TE in capitals', [['te', 'Trailers']], []],
    [
      'TE that Connection names',
      [
        ['connection', 'te'],
        ['te', 'gzip, trailers'],
      ],
      [['te', 'trailers']],
    ],
    [
      'an upgrade to HTTP/2',
      [
        ['connection', 'upgrade, http2-settings'],
        ['upgrade', 'h2c'],
        ['http2-settings', 'AA'],
      ],
      [],
    ],
  ])('are not handed on: %s', (_, sent, left) => expect(handedOn(sent)).toEqual(left))

  it.each(['x-forwarded-for', 'X-Forwarded-Proto', ':path', 'a,b,c,d,e,f,g,h,i,j'])('must not name %s', connection =>
    expect(details('/', { headers: [['connection', connection]] })).toBe('http1.connection_header_rejected'),
  )

  it('may name the Host, which is missing then', () =>
    expect(details('/', { headers: [['connection', 'host']] })).toBe('missing_host_header'))
})

describe('targets of HTTP/1', () => {
  it.each([
    ['x', 'http1.codec_error'],
    ['foo.org:80', 'http1.codec_error'],
    ['http:/x', 'http1.codec_error'],
    ['http://a#f', 'http1.codec_error'],
    ['*', 'http1.invalid_url'],
    ['http://', 'http1.invalid_url'],
    ['http://a:65536/', 'http1.invalid_url'],
    ['http://a_b/', 'http1.invalid_url'],
    ['http://a@b@c/', 'http1.invalid_url'],
    ['http://[zz]/', 'http1.invalid_url'],
    ['ftp://a/', 'http1.invalid_scheme'],
    ['http://a?x', 'absolute_path_rejected'],
  ])('are refused: %s', (path, why) => expect(details(path)).toBe(why))

  it.each([
    ['http://a', 'a', '/'],
    ['HTTPS://user:word@a:080/x?y', 'a:080', '/x?y'],
    ['http://[::1]:80//x', '[::1]:80', '//x'],
  ])('name another host: %s', (target, authority, path) =>
    expect(forwarded(ending(target)).request).toMatchObject({ authority, path }),
  )

  it('with https need TLS where no proxy stands before the connection manager', () => {
    const edge = httpWaypoint({ ...routes(toC), use_remote_address: true })
    expect(only(edge, get('https://a/')).ending).toMatchObject({
      status: 403,
      details: 'http1.https_url_on_plaintext_connection',
    })
    const behind = httpWaypoint({ ...routes(toC), use_remote_address: true, xff_num_trusted_hops: 1 })
    expect(only(behind, get('https://a/')).ending.kind).toBe('forwarded')
  })
})

describe('a scheme without a host', () => {
  it.each([
    ['1.38.3', 'tcp'],
    ['1.39.0', 'http'],
  ])('is what the inspector of %s calls %s', (version, chain) => {
    const main = {
      listener_filters: [
        filter('original_dst', 'extensions.filters.listener.original_dst.v3.OriginalDst'),
        filter('http_inspector', 'extensions.filters.listener.http_inspector.v3.HttpInspector'),
      ],
      filter_chains: [
        { ...httpChain('http', routes(toC)), filter_chain_match: { application_protocols: ['http/1.1'] } },
        tcpChain('tcp', 'c'),
      ],
    }
    const made = waypoint(main, [cluster('c', [host('10.1.1.1')])], version)
    expect(only(made, get('http://')).reached.filterChain).toBe(chain)
  })
})

describe('names of hosts', () => {
  it.each(['a b', 'a/b', 'ü', 'a"b'])('that are none are refused: %s', authority => {
    expect(details('/', { authority })).toBe('http.invalid_authority')
    expect(details('/', { authority, version: '2' })).toBe('http2.invalid.header.field')
  })

  it('have an @ in HTTP/1 only', () => {
    expect(details('/', { authority: 'a@b' })).toBe('forwarded')
    expect(details('/', { authority: 'a@b', version: '2' })).toBe('http2.invalid.header.field')
  })

  it('are looked at in the order in which HTTP/2 sends them', () => {
    const many = Array.from({ length: 120 }, (_, at) => [`x-${at}`, '1'] as const)
    expect(details('/', { authority: '', version: '2', headers: many })).toBe('http2.invalid.header.field')
    const path = `/${'x'.repeat(62_000)}`
    expect(details(path, { authority: '', version: '2' })).toBe('http2.header_list_size_too_large')
  })
})

describe('bodies', () => {
  it.each<[string, string | undefined]>([
    ['chunked', undefined],
    ['Chunked', undefined],
    ['gzip, chunked', 'http1.invalid_transfer_encoding'],
    ['identity', 'http1.invalid_transfer_encoding'],
    ['', 'http1.invalid_transfer_encoding'],
  ])('come chunked or not at all: %s', (encoding, refusal) =>
    expect(details('/', { headers: [['transfer-encoding', encoding]] })).toBe(refusal ?? 'forwarded'),
  )

  it.each(['x', '-1', '', '0,0'])('have no length "%s"', length => {
    const headers = [['content-length', length]] as const
    expect(details('/', { headers })).toBe('http1.codec_error')
    expect(details('/', { headers, version: '2' })).toBe('http2.invalid.header.field')
  })

  it('have one length', () => {
    const [length] = [['content-length', '0'] as const]
    expect(details('/', { headers: [length] })).toBe('forwarded')
    expect(details('/', { headers: [length, length] })).toBe('http1.codec_error')
    expect(details('a:80', { method: 'CONNECT', headers: [['content-length', '1']] })).toBe('http1.body_disallowed')
  })
})

describe('what a request goes to', () => {
  it('is all of the hosts that it names', () => {
    const headers = [
      ['Host', 'b'],
      ['host', ''],
    ] as const
    expect(forwarded(ending('/', { headers })).request.authority).toBe('cart,b')
    const { authority: _, ...nameless } = { authority: '', headers }
    expect(forwarded(ending('http://x/y', nameless)).request.authority).toBe('x')
  })

  it('says whether it is asked for by https, which redirects keep', () => {
    const redirecting = httpWaypoint(routes({ match: { prefix: '/' }, redirect: { host_redirect: 'new' } }))
    const location = (path: string, members: Partial<InnerHttp> = {}) => only(redirecting, get(path, members)).ending
    expect(location('https://a/x')).toMatchObject({ headers: [['location', 'https://new/x']] })
    expect(location('/x')).toMatchObject({ headers: [['location', 'http://new/x']] })
    const shouted = { version: '2', scheme: 'HTTPS' } as const
    expect(location('/x', shouted)).toMatchObject({ headers: [['location', 'https://new/x']] })
  })

  it('is told by a direct response of 201 or 3xx too', () => {
    const answering = (status: number) => httpWaypoint(routes({ match: { prefix: '/' }, direct_response: { status } }))
    const headers = (status: number) => only(answering(status), get('/x?y')).ending
    expect(headers(201)).toMatchObject({ headers: [['location', 'http://cart/x?y']] })
    expect(headers(302)).toMatchObject({ headers: [['location', 'http://cart/x?y']] })
    expect(headers(403)).toMatchObject({ headers: [] })
  })

  it('is looked at before the version of HTTP', () => {
    expect(details('*', { version: '1.0' })).toBe('http1.invalid_url')
    expect(details('/', { version: '1.0' })).toBe('low_version')
  })

  it.each(['x', '?x', '*', 'http://a/b'])('is a path, over HTTP/2: %s', path =>
    expect(details(path, { version: '2' })).toBe('http2.violation.of.messaging.rule'),
  )

  it.each(['', '/a b'])('has no blanks, over HTTP/2: "%s"', path =>
    expect(details(path, { version: '2' })).toBe('http2.invalid.header.field'),
  )
})

describe('bytes that may become HTTP', () => {
  const raw = (data: string, version?: string) => {
    const made = httpWaypoint(routes(toC), undefined, version)
    const { traffic, ...request } = get('/')
    if (traffic.kind !== 'connect') throw new Error('no tunnel')
    return only(made, { ...request, traffic: { ...traffic, inner: { kind: 'bytes', data } } }).ending.kind
  }

  it.each(['x', 'hello world', '\r\n', 'GET / HTTP/1.1\r\n', 'GET / HTTP/1.1\r\nHost: a\r\n'])(
    'are waited for: %j',
    data => expect(raw(data)).toBe('stalled'),
  )

  it.each(['\u0000', '\u0016\u0003', 'hello\n', '220 mail\r\n'])('or cannot: %j', data =>
    expect(raw(data)).toBe('reply'),
  )
})
