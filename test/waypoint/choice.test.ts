import { describe, expect, it } from 'vitest'
import type { EnvoyJson } from '#model/envoy.ts'
import { branchesOf, forwarded, only } from './deciding.ts'
import { cluster, get, host, httpWaypoint, routes } from './made.ts'

describe('weights by the number in a header', () => {
  const weights = [
    { name: 'a', weight: 10 },
    { name: 'b', weight: 0 },
    { name: 'c', weight: 5 },
  ]
  const route = { weighted_clusters: { header_name: 'x-num', clusters: weights } }
  const index = httpWaypoint(
    routes({ match: { prefix: '/' }, route }),
    ['a', 'b', 'c'].map(name => cluster(name, [host('10.1.1.1')])),
  )
  const of = (...values: readonly string[]) => get('/', { headers: values.map(value => ['x-num', value] as const) })

  it.each([
    ['0', 'a'],
    ['9', 'a'],
    ['10', 'c'],
    ['14', 'c'],
    ['15', 'a'],
    ['+12', 'c'],
    ['18446744073709551615', 'a'],
  ])('%s chooses %s for certain', (value, chosen) => {
    const branch = only(index, of(value))
    expect([branch.reached.cluster, branch.probability]).toEqual([chosen, 1])
  })

  it.each([[['x']], [['-1']], [['']], [['1', '2']], [[]]])('%j chooses by chance', values => {
    const chances = branchesOf(index, of(...values)).map(({ reached, probability }) => [reached.cluster, probability])
    expect(chances).toEqual([
      ['a', 10 / 15],
      ['c', 5 / 15],
    ])
  })
})

describe('subsets', () => {
  const labelled = (ip: string, labels: EnvoyJson, members: EnvoyJson = {}) =>
    host(ip, 80, { metadata: { filter_metadata: { 'envoy.lb': labels } }, ...members })
  const hosts = [
    labelled('10.1.1.1', { v: '1', stage: 'a' }),
    labelled('10.1.1.2', { v: '2' }),
    labelled('10.1.1.3', { v: '3' }, { health_status: 'UNHEALTHY' }),
  ]
  const hostsFor = (subsets: EnvoyJson, wanted: EnvoyJson | undefined) => {
    const match = wanted === undefined ? {} : { metadata_match: { filter_metadata: { 'envoy.lb': wanted } } }
    const made = cluster('c', hosts, {
      lb_subset_config: subsets,
      common_lb_config: { healthy_panic_threshold: {} },
    })
    const { ending } = only(
      httpWaypoint(routes({ match: { prefix: '/' }, route: { cluster: 'c', ...match } }), [made]),
      get('/'),
    )
    if (ending.kind === 'reply') return ending.details
    return forwarded(ending).hosts.map(({ upstreamHost }) => upstreamHost.slice(0, -3))
  }
  const byVersion = { subset_selectors: [{ keys: ['v'] }] }

  it('chooses among the hosts that the route names', () => {
    expect(hostsFor(byVersion, { v: '2' })).toEqual(['10.1.1.2'])
    expect(hostsFor({ subset_selectors: [{ keys: ['v', 'stage'] }] }, { stage: 'a', v: '1' })).toEqual(['10.1.1.1'])
  })

  it('has no host where the subset has no healthy one, whatever the fallback', () =>
    expect(hostsFor({ ...byVersion, fallback_policy: 'ANY_ENDPOINT' }, { v: '3' })).toBe('no_healthy_upstream'))

  it('falls back where no subset has these keys or values', () => {
    expect(hostsFor(byVersion, { v: '9' })).toBe('no_healthy_upstream')
    expect(hostsFor(byVersion, undefined)).toBe('no_healthy_upstream')
    expect(hostsFor({ ...byVersion, fallback_policy: 'ANY_ENDPOINT' }, { stage: 'a' })).toEqual([
      '10.1.1.1',
      '10.1.1.2',
    ])
    const ofDefault = { ...byVersion, fallback_policy: 'DEFAULT_SUBSET', default_subset: { stage: 'a' } }
    expect(hostsFor(ofDefault, { v: '9' })).toEqual(['10.1.1.1'])
    const ofSelector = { subset_selectors: [{ keys: ['v'], fallback_policy: 'ANY_ENDPOINT' }] }
    expect(hostsFor(ofSelector, { v: '9' })).toEqual(['10.1.1.1', '10.1.1.2'])
  })

  it('does not guess what an option does that it does not know', () => {
    const made = cluster('c', hosts, { lb_subset_config: { ...byVersion, list_as_any: true } })
    const index = httpWaypoint(routes({ match: { prefix: '/' }, route: { cluster: 'c' } }), [made])
    expect(only(index, get('/')).assumptions).toEqual([
      { kind: 'missing', what: 'subset option list_as_any', assumed: 'any host' },
    ])
  })
})

describe('load balancing policies', () => {
  const sharesBy = (policy: string) => {
    const type = `type.googleapis.com/envoy.extensions.load_balancing_policies.${policy}`
    const made = cluster('c', [host('10.1.1.1'), host('10.1.1.2')], {
      load_balancing_policy: { policies: [{ typed_extension_config: { typed_config: { '@type': type } } }] },
    })
    const branch = only(httpWaypoint(routes({ match: { prefix: '/' }, route: { cluster: 'c' } }), [made]), get('/'))
    return [forwarded(branch.ending).hosts.map(({ probability }) => probability), branch.assumptions.length]
  }

  it('knows shares by weight, none by hash, and assumes nothing of what it does not know', () => {
    expect(sharesBy('least_request.v3.LeastRequest')).toEqual([[0.5, 0.5], 0])
    expect(sharesBy('maglev.v3.Maglev')).toEqual([[undefined, undefined], 0])
    expect(sharesBy('override_host.v3.OverrideHost')).toEqual([[undefined, undefined], 1])
  })
})
