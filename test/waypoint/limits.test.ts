import { describe, expect, it } from 'vitest'
import type { EnvoyJson } from '#model/envoy.ts'
import { only, toC } from './deciding.ts'
import { filter, get, httpWaypoint, router, routes } from './made.ts'

const notesOf = (made: EnvoyJson, table: EnvoyJson = routes(toC)) => {
  const branch = only(httpWaypoint({ ...table, http_filters: [made, router] }), get('/'))
  expect([branch.ending.kind, branch.assumptions]).toEqual(['forwarded', []])
  return branch.steps.flatMap(step => (step.kind === 'note' ? [`${step.about}: ${step.text}`] : []))
}

describe('limits that a dump does not decide', () => {
  it('notes what a buffer takes, on the route too', () => {
    const buffer = filter('buffer', 'extensions.filters.http.buffer.v3.Buffer', { max_request_bytes: 100 })
    expect(notesOf(buffer)).toEqual(['buffer: 413 when the body has more than 100 bytes'])
    const overridden = (config: EnvoyJson) => routes({ ...toC, typed_per_filter_config: { buffer: config } })
    expect(notesOf(buffer, overridden({ buffer: { max_request_bytes: 4 } }))).toEqual([
      'buffer: 413 when the body has more than 4 bytes',
    ])
    expect(notesOf(buffer, overridden({ disabled: true }))).toEqual([])
    const upgrades = { upgrade_configs: [{ upgrade_type: 'websocket' }], stream_idle_timeout: '9s' }
    const headers = [
      ['connection', 'upgrade'],
      ['upgrade', 'websocket'],
    ] as const
    const made = httpWaypoint({ ...routes(toC), ...upgrades, http_filters: [buffer, router] })
    expect(only(made, get('/', { headers })).ending).toMatchObject({ kind: 'stalled', timeoutMs: 9000 })
  })

  it('refuses a body that is known to be longer than a buffer takes, before later filters are asked', () => {
    const buffer = filter('buffer', 'extensions.filters.http.buffer.v3.Buffer', { max_request_bytes: 100 })
    const deny = filter('rbac', 'extensions.filters.http.rbac.v3.RBAC', { rules: {} })
    const index = httpWaypoint({ ...routes(toC), http_filters: [buffer, deny, router] })
    const sent = (length: number) => only(index, get('/', { headers: [['content-length', `${length}`]] })).ending
    expect(sent(100)).toMatchObject({ status: 403 })
    expect(sent(101)).toMatchObject({ status: 413, details: 'request_payload_too_large', body: 'Payload Too Large' })
  })

  it('does not know how HTTP/2 cuts a body into frames, of which the last is not counted', () => {
    const buffer = filter('buffer', 'extensions.filters.http.buffer.v3.Buffer', { max_request_bytes: 100 })
    const index = httpWaypoint({ ...routes(toC), http_filters: [buffer, router] })
    const sent = (bodyBytes: number) => only(index, get('/', { version: '2', bodyBytes }))
    expect(sent(100).assumptions).toEqual([])
    expect(sent(101).assumptions).toEqual([{ kind: 'filter', what: 'buffer', assumed: 'passes' }])
    expect(sent(16_485).ending).toMatchObject({ status: 413 })
  })

  it('notes a local rate limit that is enforced', () => {
    const all = { default_value: { numerator: 100 } }
    const limit = (members: EnvoyJson) =>
      filter('limit', 'extensions.filters.http.local_ratelimit.v3.LocalRateLimit', {
        token_bucket: { max_tokens: 5 },
        ...members,
      })
    expect(notesOf(limit({ filter_enabled: all, filter_enforced: all }))).toEqual(['local rate limit: 429 after 5'])
    expect(notesOf(limit({ filter_enabled: all }))).toEqual([])
  })

  it('notes a rate limit service where the route describes requests for it', () => {
    const service = filter('limit', 'extensions.filters.http.ratelimit.v3.RateLimit', {
      rate_limit_service: { grpc_service: { envoy_grpc: { cluster_name: 'limits' } } },
    })
    const described = routes({ match: toC.match, route: { ...toC.route, rate_limits: [{ actions: [] }] } })
    expect(notesOf(service, described)).toEqual(['rate limit: 429 when limits says so'])
    expect(notesOf(service)).toEqual([])
  })
})

describe('headers that are too many or too large', () => {
  const index = httpWaypoint(routes(toC))
  const lines = (count: number) => Array.from({ length: count }, (_, at) => [`x-${at}`, '1'] as const)
  const details = (members: object) => {
    const { ending } = only(index, get('/', members))
    return 'details' in ending ? ending.details : ending.kind
  }

  it('counts the Host line of HTTP/1 and the four pseudo-headers of HTTP/2', () => {
    expect(details({ headers: lines(99) })).toBe('forwarded')
    expect(details({ headers: lines(100) })).toBe('http1.too_many_headers')
    expect(details({ version: '2', headers: lines(96) })).toBe('forwarded')
    expect(details({ version: '2', headers: lines(97) })).toBe('http2.too_many_headers')
  })

  it('counts values that become one line once, and cookies as the library does', () => {
    const three = (name: string) => Array.from({ length: 3 }, () => [name, '1'] as const)
    expect(details({ headers: [...three('x-forwarded-for'), ...lines(98)] })).toBe('forwarded')
    expect(details({ headers: [...three('x-z'), ...lines(97)] })).toBe('http1.too_many_headers')
    const cookies = { version: '2' as const, headers: [...three('cookie'), ...lines(94)] }
    expect(details(cookies)).toBe('http2.too_many_headers')
    expect(only(httpWaypoint(routes(toC), undefined, '1.36.4'), get('/', cookies)).ending.kind).toBe('forwarded')
  })

  it('answers 431 over HTTP/1 and resets HTTP/2', () => {
    const path = `/${'x'.repeat(62_000)}`
    expect(only(index, get(path, { version: '1.0', method: 'NOSUCH' })).ending).toMatchObject({ status: 431 })
    expect(only(index, get(path, { method: 'HEAD' })).ending).toMatchObject({ status: 431, body: '' })
    expect(only(index, get(path)).ending).toMatchObject({ status: 431, details: 'http1.headers_too_large' })
    expect(only(index, get(path, { version: '2' })).ending).toMatchObject({
      kind: 'closed',
      flags: ['DR'],
      details: 'http2.header_list_size_too_large',
    })
    const older = only(httpWaypoint(routes(toC), undefined, '1.36.4'), get(path, { version: '2' }))
    expect(older.ending).toMatchObject({ details: 'http2.remote_reset' })
    const halves = [
      ['x-a', 'x'.repeat(31_000)],
      ['x-b', 'x'.repeat(31_000)],
    ] as const
    const sum = only(httpWaypoint(routes(toC), undefined, '1.36.4'), get('/', { version: '2', headers: halves }))
    expect(sum.ending).toMatchObject({ flags: ['DR'], details: 'http2.too_many_headers' })
  })
})
