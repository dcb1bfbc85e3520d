import { describe, expect, it } from 'vitest'
import type { EnvoyJson } from '#model/envoy.ts'
import type { InnerHttp } from '#waypoint/request.ts'
import { clientSees } from '#waypoint/upstream/answer.ts'
import { forwarded, only, toC } from './deciding.ts'
import { cluster, filter, get, host, httpWaypoint, router, routes, typed } from './made.ts'

describe('upgrades', () => {
  const upgrading = [
    ['connection', 'upgrade'],
    ['upgrade', 'other'],
  ] as const
  const ending = (table: EnvoyJson) => only(httpWaypoint(table), get('/', { headers: upgrading })).ending

  it('are refused where the route does not allow them, but not before a request without a route is', () => {
    expect(ending(routes(toC))).toMatchObject({ status: 403, details: 'upgrade_failed' })
    expect(ending(routes())).toMatchObject({ status: 404, details: 'route_not_found' })
  })

  it('to a WebSocket fail when they are answered with neither 101 nor an error', () => {
    const detailsOf = (to: string) => {
      const made = httpWaypoint({ ...routes(toC), upgrade_configs: [{ upgrade_type: to }] })
      const headers = [
        ['connection', 'upgrade'],
        ['upgrade', to],
      ] as const
      const asked = forwarded(only(made, get('/', { headers })).ending)
      return (status: number) => clientSees(asked, () => ({ kind: 'response', status })).details
    }
    expect([101, 404].map(detailsOf('websocket'))).toEqual(['via_upstream', 'via_upstream'])
    const failed = 'websocket_handshake_unsuccessful'
    expect([200, 301].map(detailsOf('WebSocket'))).toEqual([failed, failed])
    expect([200, 301].map(detailsOf('other'))).toEqual(['via_upstream', 'via_upstream'])
  })

  const overH2 = cluster('c', [host('10.1.1.1')], {
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': typed(
        'extensions.upstreams.http.v3.HttpProtocolOptions',
        { explicit_http_config: { http2_protocol_options: {} } },
      ),
    },
  })
  const allowed = {
    ...routes(toC),
    upgrade_configs: [{ upgrade_type: 'websocket' }],
    http2_protocol_options: { allow_connect: true },
  }
  const websocket = [
    ['connection', 'keep-alive, Upgrade'],
    ['upgrade', 'WebSocket'],
    ['content-length', '0'],
  ] as const
  const extended = { version: '2', method: 'CONNECT', headers: [[':protocol', 'websocket']] } as const
  const sent = (members: Partial<InnerHttp>, clusters?: readonly EnvoyJson[]) => {
    const made = clusters === undefined ? httpWaypoint(allowed) : httpWaypoint(allowed, [...clusters])
    const asked = forwarded(only(made, get('/chat', members)).ending)
    const { method, headers, protocol } = asked.request
    const own = headers.filter(([name]) => /^(:|upgrade|connection|content-length)/.test(name))
    const seen = (status: number) => clientSees(asked, () => ({ kind: 'response', status }))
    return { method, own, protocol, seen }
  }

  it('ask a host of HTTP/2 by an extended CONNECT, and one of HTTP/1 by headers', () => {
    const h1 = sent({ headers: websocket })
    expect([h1.method, h1.own]).toEqual(['GET', websocket])
    const h2 = sent({ headers: websocket }, [overH2])
    expect([h2.method, h2.own]).toEqual(['CONNECT', [[':protocol', 'WebSocket']]])
    expect(sent(extended, [overH2])).toMatchObject({ method: 'CONNECT', own: [[':protocol', 'websocket']] })
    expect(sent(extended).own).toEqual([
      ['upgrade', 'websocket'],
      ['connection', 'upgrade'],
    ])
  })

  it('are taken with 101 over HTTP/1 and with 200 over HTTP/2, on either side', () => {
    expect(sent({ headers: websocket }, [overH2]).seen(200)).toMatchObject({ status: 101, switched: true })
    expect(sent(extended).seen(101)).toMatchObject({ status: 200, switched: true })
    expect(sent(extended).seen(200)).toMatchObject({ details: 'websocket_handshake_unsuccessful' })
    expect(sent(extended).seen(404)).toMatchObject({ status: 404, details: 'via_upstream' })
  })

  it('by an extended CONNECT need a connection manager that allows it', () => {
    const ended = (version: string) => only(httpWaypoint(routes(toC), undefined, version), get('/', extended)).ending
    expect(ended('1.40.0')).toMatchObject({ kind: 'closed', details: 'http2.invalid.header.field' })
    expect(ended('1.36.4')).toMatchObject({ kind: 'closed', details: 'http2.violation.of.messaging.rule' })
  })

  it('have filters of their own where the connection manager gives them some', () => {
    const denying = filter('deny', 'extensions.filters.http.rbac.v3.RBAC', { rules: {} })
    const upgrade_configs = [{ upgrade_type: 'websocket', filters: [denying, router] }]
    const made = httpWaypoint({ ...allowed, upgrade_configs })
    expect(only(made, get('/', { headers: websocket })).ending).toMatchObject({ status: 403 })
    expect(only(made, get('/')).ending.kind).toBe('forwarded')
  })
})
