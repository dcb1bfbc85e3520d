import { describe, expect, it } from 'vitest'
import type { EnvoyJson } from '#model/envoy.ts'
import { clientSees } from '#waypoint/upstream/answer.ts'
import { forwarded, only, toC } from './deciding.ts'
import { cluster, get, host, httpWaypoint, routes } from './made.ts'

const retried = { retry_on: 'connect-failure', num_retries: 1 }

const seen = (action: EnvoyJson, tunnel: boolean) => {
  const made = httpWaypoint(routes({ ...toC, route: { cluster: 'c', timeout: '0s', ...action } }), [
    cluster('c', [host('10.1.1.1')], { connect_timeout: '2s' }),
  ])
  const ending = forwarded(only(made, get('/')).ending)
  const [chosen] = ending.hosts
  if (chosen?.wire.kind !== 'direct') throw new Error('no direct host')
  const { connectMs } = chosen.wire
  const { status, flags, details } = clientSees(ending, () => ({ kind: 'unanswered', tunnel, afterMs: connectMs }))
  return [status, flags.join(), details]
}

const cut = (reason: string) => `upstream_reset_before_response_started{${reason}}`

describe('a host that does not answer the attempt to connect', () => {
  it('fails after the connect timeout, and is tried again where the route says so', () => {
    expect(seen({}, false)).toEqual([503, 'UF', cut('connection_timeout')])
    expect(seen({ retry_policy: retried }, false)).toEqual([503, 'URX,UF', cut('connection_timeout')])
  })

  it('ends a connection that is already there when it is the far end of a tunnel', () => {
    expect(seen({}, true)).toEqual([503, 'UC', cut('connection_termination')])
    expect(seen({ retry_policy: retried }, true)).toEqual([503, 'UC', cut('connection_termination')])
  })

  it('runs into the time limit of the request, which all attempts share', () => {
    expect(seen({ timeout: '1s' }, true)).toEqual([504, 'UT', 'response_timeout'])
    expect(seen({ timeout: '3s' }, false)).toEqual([503, 'UF', cut('connection_timeout')])
    expect(seen({ timeout: '3s', retry_policy: retried }, false)).toEqual([504, 'UT', 'response_timeout'])
  })
})
