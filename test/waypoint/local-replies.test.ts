import { describe, expect, it } from 'vitest'
import type { EnvoyJson } from '#model/envoy.ts'
import { clientSees, type UpstreamEvent } from '#waypoint/upstream/answer.ts'
import { forwarded, only } from './deciding.ts'
import { cluster, get, host, httpWaypoint, routes, waypoint } from './made.ts'

const flagged = (...flags: readonly string[]) => ({ response_flag_filter: { flags } })
const header = (key: string, value: string, append_action?: string) => ({
  header: { key, value },
  ...(append_action !== undefined && { append_action }),
})

const text = (inline_string: string, more: EnvoyJson = {}) => ({
  body_format: { text_format_source: { inline_string }, ...more },
})

const waypointWith = (local_reply_config: EnvoyJson, version?: string) =>
  httpWaypoint(
    {
      route_config: {
        virtual_hosts: [
          {
            name: 'v',
            domains: ['*'],
            routes: [
              { name: 'none', match: { prefix: '/none' }, route: { cluster: 'empty' } },
              { match: { prefix: '/direct' }, direct_response: { status: 403 } },
              {
                name: 'all',
                match: { prefix: '/' },
                route: { cluster: 'c', timeout: '1s' },
                response_headers_to_add: [header('x-resp', 'route')],
              },
            ],
          },
        ],
      },
      local_reply_config,
    },
    [cluster('c', [host('10.1.1.1')]), cluster('empty', [])],
    version,
  )

const late = (config: EnvoyJson, event: UpstreamEvent, headers: readonly (readonly [string, string])[] = []) =>
  clientSees(forwarded(only(waypointWith(config), get('/', { headers })).ending), () => event)

const early = (
  config: EnvoyJson,
  path: string,
  version?: string,
  headers: readonly (readonly [string, string])[] = [],
) => {
  const { ending } = only(waypointWith(config, version), get(path, { headers }))
  if (ending.kind !== 'reply') throw new Error(ending.kind)
  return ending
}

describe('replies that Envoy makes after it has dialled', () => {
  it.each<[string, UpstreamEvent]>([
    ['UF', { kind: 'refused' }],
    ['UC', { kind: 'closed' }],
    ['UC', { kind: 'tunnelRefused' }],
    ['UF', { kind: 'unanswered', tunnel: false, afterMs: 500 }],
    ['UT', { kind: 'response', status: 200, afterMs: 2000 }],
  ])('are rewritten too: %s', (flag, event) => {
    const mappers = [{ filter: flagged(flag), status_code: 599, body: { inline_string: flag } }]
    expect(late({ mappers }, event)).toMatchObject({ status: 599, body: flag, flags: [flag] })
  })

  it('are none of the upstream’s own', () => {
    const mappers = [{ filter: { not_health_check_filter: {} }, status_code: 599 }]
    expect(late({ mappers }, { kind: 'response', status: 503 })).toMatchObject({ status: 503 })
  })

  it('are what a failed handshake of a WebSocket gets, with the status of the upstream', () => {
    const index = httpWaypoint({
      ...routes({ match: { prefix: '/' }, route: { cluster: 'c' } }),
      upgrade_configs: [{ upgrade_type: 'websocket' }],
      local_reply_config: text('%RESPONSE_CODE% %RESPONSE_CODE_DETAILS%'),
    })
    const headers = [
      ['connection', 'upgrade'],
      ['upgrade', 'websocket'],
    ] as const
    const asked = forwarded(only(index, get('/', { headers })).ending)
    const answered = (status: number) => clientSees(asked, () => ({ kind: 'response', status }))
    expect(answered(200)).toMatchObject({ status: 200, body: '200 websocket_handshake_unsuccessful' })
    expect(answered(404)).toMatchObject({ status: 404, body: '', details: 'via_upstream' })
  })

  it('have the headers of the route before those of a mapper', () => {
    const adding = (action: string) => [{ filter: flagged('UF'), headers_to_add: [header('x-resp', 'mapper', action)] }]
    const seen = (action: string) => late({ mappers: adding(action) }, { kind: 'refused' }).headers
    expect(seen('ADD_IF_ABSENT')).toEqual([['x-resp', 'route']])
    expect(seen('OVERWRITE_IF_EXISTS')).toEqual([['x-resp', 'mapper']])
  })

  it('count as gRPC by their HTTP status', () => {
    const mappers = [{ filter: { grpc_status_filter: { statuses: ['UNAVAILABLE'] } }, status_code: 418 }]
    expect(late({ mappers }, { kind: 'refused' })).toMatchObject({ status: 418 })
    expect(early({ mappers }, '/direct')).toMatchObject({ status: 403 })
    const grpc = [['content-type', 'application/grpc']] as const
    expect(late({}, { kind: 'refused' }, grpc)).toMatchObject({ status: 200, grpcStatus: 14, body: '' })
  })

  it('are those of gRPC where the request came as gRPC, whatever a route makes of its type', () => {
    const overwritten = { header: { key: 'content-type', value: 'text/plain' }, append_action: 'OVERWRITE_IF_EXISTS' }
    const table = routes({
      match: { prefix: '/' },
      route: { cluster: 'c' },
      request_headers_to_add: [overwritten],
    })
    const asked = get('/', { headers: [['content-type', 'application/grpc']] })
    const { ending } = only(httpWaypoint(table, [cluster('c', [])]), asked)
    expect(ending).toMatchObject({ status: 200, grpcStatus: 14, flags: ['UH'] })
  })

  it('are told as they are, and that they may be changed, where a mapper asks for what a dump does not tell', () => {
    const mappers = [{ filter: { duration_filter: {} }, status_code: 418 }]
    expect(late({ mappers }, { kind: 'refused' })).toMatchObject({ status: 503, unsure: true })
    expect(late({ mappers }, { kind: 'response', status: 200 })).not.toHaveProperty('unsure')
  })
})

describe('the reply to a CONNECT', () => {
  it('is rewritten by the connection manager of port 15008', () => {
    const mappers = [{ filter: flagged('UF'), status_code: 418 }]
    const index = waypoint({ filter_chains: [] }, [], undefined, { local_reply_config: { mappers } })
    expect(only(index, get('/')).ending).toMatchObject({ kind: 'outerReply', status: 418, inside: { flags: ['NR'] } })
  })
})

describe('replies that the codec makes', () => {
  it('have no flag yet when they are rewritten', () => {
    const body_format = { text_format_source: { inline_string: '%RESPONSE_FLAGS% %RESPONSE_CODE%' } }
    const mappers = [{ filter: flagged('DPE'), status_code: 418 }]
    expect(early({ mappers, body_format }, 'nopath')).toMatchObject({ status: 400, body: '- 400', flags: ['DPE'] })
  })

  it('have no body for HEAD, whatever the format', () => {
    const index = waypointWith({ body_format: { text_format_source: { inline_string: 'long' } } })
    expect(only(index, get('nopath', { method: 'HEAD' })).ending).toMatchObject({ status: 400, body: '' })
  })
})

describe('formats of replies', () => {
  it('know the reply, the route and the cluster', () => {
    const told = text(
      '%RESPONSE_CODE_DETAILS% %RESPONSE_FLAGS% %ROUTE_NAME% %UPSTREAM_CLUSTER% %RESP(:STATUS)% %PROTOCOL%',
    )
    expect(early(told, '/none').body).toBe('no_healthy_upstream UH none empty 503 HTTP/1.1')
    expect(early(told, '/direct').body).toBe('direct_response - - - 403 HTTP/1.1')
  })

  it('see the path as a redirect has rewritten it, and the old one beside it', () => {
    const index = httpWaypoint({
      ...routes({ match: { prefix: '/a' }, redirect: { prefix_rewrite: '/b' } }),
      local_reply_config: text('%REQ(:PATH)% %REQ(X-ENVOY-ORIGINAL-PATH)%'),
    })
    expect(only(index, get('/a/c')).ending).toMatchObject({ status: 301, body: '/b/c /a/c' })
  })

  it('tell an empty value from one that is missing', () => {
    const told = '[%REQ(x-a)%] [%REQ(x-none)%]'
    expect(early(text(told), '/direct', undefined, [['x-a', '']]).body).toBe('[] [-]')
    expect(early(text(told, { omit_empty_values: true }), '/direct').body).toBe('[] []')
  })

  it('keep what is not modelled as it is written', () =>
    expect(early(text('%RESPONSE_CODE% at %START_TIME%'), '/direct').body).toBe('403 at %START_TIME%'))

  const json_format = {
    code: '%RESPONSE_CODE%',
    a: { none: '%REQ(x-none)%', mixed: '%PROTOCOL% %REQ(x-none)%' },
    list: ['%UPSTREAM_REQUEST_ATTEMPT_COUNT%', true],
  }

  it('write JSON with names in order, numbers as such and null for nothing', () =>
    expect(early({ body_format: { json_format } }, '/none').body).toBe(
      '{"a":{"mixed":"HTTP/1.1 -","none":null},"code":503,"list":[1,true]}\n',
    ))

  it('leave nothing out of JSON before 1.40', () => {
    const omitting = { body_format: { json_format, omit_empty_values: true } }
    expect(early(omitting, '/none', '1.39.3').body).toContain('"none":null')
    expect(early(omitting, '/none').body).toBe('{"a":{"mixed":"HTTP/1.1 "},"code":503,"list":[1,true]}\n')
  })
})
