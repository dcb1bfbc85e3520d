import { describe, expect, it } from 'vitest'
import type { EnvoyJson } from '#model/envoy.ts'
import type { HeaderList } from '#waypoint/request.ts'
import { branchesOf, toC } from './deciding.ts'
import { filter, get, httpWaypoint, router, routes } from './made.ts'

const ends = (fault: EnvoyJson, headers: HeaderList) => {
  const http_filters = [filter('fault', 'extensions.filters.http.fault.v3.HTTPFault', fault), router]
  return branchesOf(httpWaypoint({ ...routes(toC), http_filters }), get('/', { headers })).map(
    ({ ending, probability }) => [
      probability,
      'status' in ending ? ending.status : ending.kind,
      'flags' in ending ? ending.flags.join() : '',
    ],
  )
}

describe('faults that a request asks for itself', () => {
  const abort = { abort: { header_abort: {}, percentage: { numerator: 50 } } }

  it('abort with its status, for as many as it says but no more than configured', () => {
    expect(ends(abort, [['x-envoy-fault-abort-request', '418']])).toEqual([
      [0.5, 418, 'FI'],
      [0.5, 'forwarded', ''],
    ])
    const all = { abort: { header_abort: {}, percentage: { numerator: 100 } } }
    const none = ['x-envoy-fault-abort-request-percentage', '0'] as const
    expect(ends(all, [['x-envoy-fault-abort-request', '418'], none])).toEqual([[1, 'forwarded', '']])
    expect(ends(all, [['x-envoy-fault-abort-grpc-request', '7']])).toEqual([[1, 200, 'FI']])
  })

  it.each(['199', '600', 'no', ''])('do not abort with %s', status =>
    expect(ends(abort, [['x-envoy-fault-abort-request', status]])).toEqual([[1, 'forwarded', '']]),
  )

  it('delay, and say so whatever comes of the request', () => {
    const delay = { delay: { header_delay: {}, percentage: { numerator: 100 } } }
    expect(ends(delay, [['x-envoy-fault-delay-request', '20']])).toEqual([[1, 'forwarded', 'DI']])
    expect(ends(delay, [])).toEqual([[1, 'forwarded', '']])
  })
})
