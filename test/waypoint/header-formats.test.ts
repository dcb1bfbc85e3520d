import { describe, expect, it } from 'vitest'
import type { EnvoyJson } from '#model/envoy.ts'
import { forwarded, only, toC } from './deciding.ts'
import { cluster, get, host, httpWaypoint, routes } from './made.ts'

const added = (value: string) => ({ header: { key: 'x-add', value } })

const branchWith = (lists: EnvoyJson) => only(httpWaypoint(routes({ ...toC, ...lists })), get('/a?b=1'))

const sent = (value: string) => {
  const { ending, assumptions } = branchWith({ request_headers_to_add: [added(value)] })
  const { headers, unknownHeaders } = forwarded(ending).request
  const line = headers.find(([name]) => name === 'x-add')
  return { value: line?.[1], unknown: unknownHeaders, assumptions }
}

describe('formats of headers that a route adds', () => {
  it.each([
    ['%RESPONSE_CODE%', '0'],
    ['%RESPONSE_FLAGS%', '-'],
    ['[%RESPONSE_CODE_DETAILS%%RESP(:status)%]', '[]'],
    ['%UPSTREAM_REQUEST_ATTEMPT_COUNT%', '1'],
    ['%UPSTREAM_CLUSTER_RAW%', 'c'],
    ['%PATH%', '/a?b=1'],
  ])('have for a request, of %s, the value that Envoy has', (format, value) =>
    expect(sent(format)).toEqual({ value, unknown: [], assumptions: [] }),
  )

  it('call a cluster by the name of its statistics', () => {
    const clusters = [cluster('c', [host('10.0.0.1')], { alt_stat_name: 'svc;' })]
    const route = { ...toC, request_headers_to_add: [added('%UPSTREAM_CLUSTER% %UPSTREAM_CLUSTER_RAW%')] }
    const { ending } = only(httpWaypoint(routes(route), clusters), get('/'))
    expect(forwarded(ending).request.headers).toContainEqual(['x-add', 'svc; c'])
  })

  it.each(['%START_TIME%', 'at %HOSTNAME%', '%PATH(NQ)%', '%DOWNSTREAM_PEER_FINGERPRINT_256%'])(
    'are told apart where no dump tells %s, without a doubt about where the request goes',
    format => expect(sent(format)).toEqual({ value: undefined, unknown: [['x-add', format]], assumptions: [] }),
  )

  it('leave open where a request goes whose host no dump tells', () => {
    const list = { request_headers_to_add: [{ header: { key: 'host', value: '%HOSTNAME%' } }] }
    expect(branchWith(list).assumptions).toMatchObject([{ kind: 'missing', what: 'value %HOSTNAME% of header host' }])
  })

  it('have no name for a cluster that is not there', () => {
    const route = {
      match: { prefix: '/' },
      route: { cluster: 'nosuch' },
      response_headers_to_add: [added('%UPSTREAM_CLUSTER%')],
    }
    expect(only(httpWaypoint(routes(route)), get('/')).ending).toMatchObject({
      kind: 'reply',
      status: 503,
      headers: [],
    })
  })

  it('are named of an answer, on which the verdict does not rest', () => {
    const branch = branchWith({ response_headers_to_add: [added('%RESPONSE_CODE%')] })
    expect(forwarded(branch.ending).responseHeaders).toEqual([])
    expect([branch.assumptions, branch.unknownResponseHeaders]).toEqual([[], ['x-add']])
  })
})
