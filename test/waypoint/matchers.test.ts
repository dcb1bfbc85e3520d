import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inRange, parseAddress, printAddress } from '#waypoint/address.ts'
import { behaviourOf } from '#waypoint/behaviour.ts'
import { everyBranch } from '#waypoint/draw.ts'
import { normalizePath } from '#waypoint/hcm/path.ts'
import { Headers } from '#waypoint/headers.ts'
import { headerMatches } from '#waypoint/match/header.ts'
import { withoutParameters } from '#waypoint/match/path.ts'
import { containing } from '#waypoint/matcher/ip-ranges.ts'
import { fullMatch } from '#waypoint/regex.ts'
import { beginningsOf } from '#waypoint/route/reject.ts'
import { virtualHostOf } from '#waypoint/route/virtual-host.ts'
import { type BalanceRules, balance, priorityLoads } from '#waypoint/upstream/balance.ts'
import type { Host, Priority } from '#waypoint/upstream/hosts.ts'

const ipv4 = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(3), fc.nat(3)).map(parts => parts.join('.'))

describe('IP ranges', () => {
  it('finds the ranges that contain an address, longest first, as a plain search does', () => {
    const range = fc.record({ address_prefix: ipv4, prefix_len: fc.integer({ min: 0, max: 32 }) })
    fc.assert(
      fc.property(fc.array(range, { maxLength: 12 }), ipv4, (ranges, ip) => {
        const config = { range_matchers: ranges.map(one => ({ ranges: [one] })) }
        const expected = ranges
          .map((one, index) => ({ one, index }))
          .filter(({ one }) => inRange(ip, one.address_prefix, one.prefix_len))
          .sort((a, b) => b.one.prefix_len - a.one.prefix_len || a.index - b.index)
          .map(({ index }) => index)
        expect(containing(config, ip)).toEqual(expected)
      }),
    )
  })

  it('never mixes families', () => {
    expect(inRange('10.0.0.1', '::', 0)).toBe(false)
    expect(inRange('fd00::1', 'fd00::', 64)).toBe(true)
  })
})

describe('addresses', () => {
  it('reads back what it prints', () => {
    fc.assert(
      fc.property(fc.oneof(ipv4, fc.ipV6()), fc.integer({ min: 0, max: 65535 }), (ip, port) => {
        const address = parseAddress(ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`)
        if (address === undefined) return
        expect(parseAddress(printAddress(address))).toEqual(address)
      }),
    )
  })

  it('takes no names and no missing port', () => {
    for (const text of ['svc.x:80', '10.0.0.1', 'fd00::1:80', '10.0.0.1:99999', '1.2.3:80'])
      expect(parseAddress(text)).toBeUndefined()
  })

  it('takes a number as the zone of any address, and an interface of the pod for links only', () => {
    for (const text of ['[fd00::1%7]:80', '[fe80::1%7]:80', '[fe80::1%eth0]:80'])
      expect(parseAddress(text)).toBeDefined()
    for (const text of ['[fd00::1%eth0]:80', '[::1%lo]:80', '[fe80::1%]:80', '[fe80::1%none]:80'])
      expect(parseAddress(text)).toBeUndefined()
  })
})

describe('path normalisation', () => {
  const rules = {
    escapedSlashes: 'UNESCAPE_AND_FORWARD',
    normalize: true,
    mergeSlashes: true,
    dotSegmentsHaveParameters: true,
  } as const
  const piece = fc.constantFrom('a', '.', '..', '%2e', '%2F', '%5c', '/', '//', '\\', '%41', '%zz', 'B', ';v=1', '"')

  it('leaves no dot segments and changes nothing when done again', () => {
    // An escaped dot with parameters becomes a dot segment only afterwards.
    const again = { ...rules, escapedSlashes: 'KEEP_UNCHANGED', dotSegmentsHaveParameters: false } as const
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), pieces => {
        const once = normalizePath(`/${pieces.join('')}?q=/../x`, rules)
        if (once.kind !== 'path') return
        expect(once.path.split('?')[0]?.split('/')).not.toContain('..')
        expect(once.path.endsWith('?q=/../x')).toBe(true)
        expect(normalizePath(once.path, again)).toEqual(once)
      }),
    )
  })

  it('resolves dot segments with parameters as the release does', () => {
    const path = '/a/..;v=1/b;w=2/.;x/c'
    expect(normalizePath(path, rules)).toEqual({ kind: 'path', path: '/b;w=2/c' })
    expect(normalizePath(path, { ...rules, dotSegmentsHaveParameters: false })).toEqual({ kind: 'path', path })
  })

  it('refuses fragments and NUL', () => {
    expect(normalizePath('/a#b', rules).kind).toBe('rejected')
    expect(normalizePath('/a%00', rules).kind).toBe('rejected')
  })
})

describe('header matchers', () => {
  const present = new Headers([['x-a', '1']])
  const each = { values: 'each', regex: 'bytes' } as const

  it('fails a missing header whatever the matcher of values says, inverted or not', () => {
    const matcher = { name: 'x-b', string_match: { exact: '1' } }
    expect(headerMatches(matcher, present, each)).toBe('no')
    expect(headerMatches({ ...matcher, invert_match: true }, present, each)).toBe('no')
    expect(headerMatches({ ...matcher, invert_match: true, treat_missing_header_as_empty: true }, present, each)).toBe(
      'yes',
    )
  })

  it('tells unknown kinds of matcher from ones that fail', () => {
    expect(headerMatches({ name: 'x-a', new_match: {} }, present, each)).toBe('unknown')
  })

  it('compares repeated headers as the release does', () => {
    const twice = new Headers([
      ['x', '1'],
      ['x', '2'],
    ])
    const one = { name: 'x', string_match: { exact: '1' } }
    expect(headerMatches(one, twice, { ...each, values: behaviourOf('1.38.3').routeHeaderValues })).toBe('no')
    expect(headerMatches(one, twice, { ...each, values: behaviourOf('1.39.0').routeHeaderValues })).toBe('yes')
  })
})

describe('behaviour of releases', () => {
  it.each([
    ['1.36.4', false],
    ['1.36.9', false],
    ['1.36.10', true],
    ['1.37.5', false],
    ['1.38.4-dev', true],
    ['1.39', true],
    ['1.39.0', false],
    ['1.40.0', true],
    ['1.35.99', false],
  ])('of %s: RBAC leaves out ignored path parameters: %s', (version, holds) =>
    expect(behaviourOf(version).rbacIgnoresPathParameters).toBe(holds),
  )

  it('matches UTF-8 by characters or by bytes', () => {
    const matcher = { name: 'x', string_match: { safe_regex: { regex: 'caf.' } } }
    const headers = new Headers([['x', 'café']])
    const held = (version: string) =>
      headerMatches(matcher, headers, { values: 'each', regex: behaviourOf(version).regexTakes })
    expect([held('1.39.0'), held('1.39.1')]).toEqual(['yes', 'no'])
  })

  it.each([
    ['1.28.7', 'nghttp2'],
    ['1.29.1', 'oghttp2'],
    ['1.29.2', 'nghttp2'],
    ['1.30.0', 'nghttp2'],
    ['1.31.1', 'oghttp2'],
    ['1.31.2', 'nghttp2'],
    ['1.33.0', 'nghttp2'],
    ['1.34.0', 'oghttp2'],
    ['1.36.10', 'oghttp2'],
    ['1.37.0', 'nghttp2'],
  ])('of %s: HTTP/2 is %s', (version, codec) => expect(behaviourOf(version).http2Codec).toBe(codec))

  it('leaves out path parameters of all segments, or all behind the first', () => {
    const left = (version: string) => withoutParameters('/a;v=1/b;w/c', behaviourOf(version))
    expect([left('1.40.0'), left('1.36.4')]).toEqual(['/a/b/c', '/a'])
  })
})

describe('virtual hosts', () => {
  it('prefers exact names, then the longest suffix, then the longest prefix', () => {
    const config = {
      virtual_hosts: [['*'], ['*.a.com'], ['*-b.a.com'], ['x.*'], ['x-b.a.com']].map(domains => ({ domains })),
    }
    const chosen = (host: string) => virtualHostOf(config, host)?.index
    expect([chosen('X-b.a.com'), chosen('y-b.a.com'), chosen('x.a.com'), chosen('x.org'), chosen('.a.com')]).toEqual([
      4, 2, 1, 3, 0,
    ])
  })
})

describe('load balancing', () => {
  const rules: BalanceRules = {
    overprovisioning: 140,
    panicThreshold: 50,
    localityWeighted: false,
    leavesOutDrainingHosts: true,
    byHash: false,
  }
  const hostOf = (health: Host['health'], index: number, draining = false): Host => ({
    address: { kind: 'ip', ip: `10.0.0.${index}`, port: 80 },
    health,
    why: '',
    draining,
    weight: 1,
    metadata: new Map(),
  })
  const priority = (healthy: number, all = 100): Priority => [
    {
      weight: 1,
      hosts: Array.from({ length: all }, (_, index) => hostOf(index < healthy ? 'healthy' : 'out', index % 250)),
    },
  ]

  it.each([
    [
      [100, 100],
      [100, 0],
    ],
    [
      [72, 100],
      [100, 0],
    ],
    [
      [71, 100],
      [99, 1],
    ],
    [
      [50, 100],
      [70, 30],
    ],
    [
      [25, 25],
      [50, 50],
    ],
    [
      [0, 100],
      [0, 100],
    ],
  ])('spreads over priorities with %j percent healthy as %j', (healthy, loads) => {
    expect(
      priorityLoads(
        healthy.map(percent => priority(percent)),
        rules,
      ).healthy,
    ).toEqual(loads)
  })

  it('uses every host in panic, none where panic is off', () => {
    expect(balance([priority(0, 2)], rules).hosts).toHaveLength(2)
    expect(balance([priority(0, 2)], { ...rules, panicThreshold: 0 }).hosts).toEqual([])
  })

  const drained: Priority = [{ weight: 1, hosts: [hostOf('out', 1, true), hostOf('degraded', 2)] }]

  it('does not count hosts that are drained, since 1.30: the others are all well then', () => {
    const addresses = (leavesOutDrainingHosts: boolean) =>
      balance([priority(0, 1), drained], { ...rules, panicThreshold: 90, leavesOutDrainingHosts }).hosts.length
    expect([addresses(true), addresses(false)]).toEqual([1, 3])
    expect([behaviourOf('1.29.9'), behaviourOf('1.30.0')].map(of => of.leavesOutDrainingHosts)).toEqual([false, true])
  })

  it('a hash has no degraded hosts', () => {
    expect(balance([drained], { ...rules, byHash: true })).toEqual({ hosts: [], nowhere: 100 })
    const partly = balance([priority(1, 3), drained], { ...rules, byHash: true })
    expect(partly.hosts).toHaveLength(1)
    expect(partly.nowhere).toBeGreaterThan(0)
  })

  it('gives shares that add up to 1', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(4), { minLength: 1, maxLength: 3 }), healthy => {
        const chosen = balance(
          healthy.map(count => priority(count, 4)),
          rules,
        )
        expect(chosen.hosts.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1)
      }),
    )
  })
})

it('follows every combination of choices once, with chances that add up to 1', () => {
  const { results, complete } = everyBranch(draws => {
    const first = draws.pick([
      { value: 'a', probability: 0.25 },
      { value: 'b', probability: 0.75 },
    ])
    const second =
      first === 'a'
        ? draws.pick([
            { value: 'x', probability: 0.5 },
            { value: 'y', probability: 0.5 },
          ])
        : ''
    return { path: first + second, probability: draws.probability ?? 0 }
  }, 100)
  expect(complete).toBe(true)
  expect(results.map(({ path }) => path)).toEqual(['ax', 'ay', 'b'])
  expect(results.reduce((sum, { probability }) => sum + probability, 0)).toBe(1)
})

it('never rejects by its beginning what a pattern matches', () => {
  const atom = fc.constantFrom('a', '/', 'b*', 'a?', 'b+', '[ab]', '.', '(a)', '\\.', 'a{0}', '^', 'a|b', '(?i)a')
  const path = fc.array(fc.constantFrom('a', 'b', '/', '.'), { maxLength: 6 }).map(parts => parts.join(''))
  fc.assert(
    fc.property(fc.array(atom, { maxLength: 6 }), path, (atoms, text) => {
      const regex = atoms.join('')
      const [beginning] = beginningsOf({ routes: [{ match: { safe_regex: { regex } } }] })
      if (fullMatch(regex, text)) expect(text.startsWith(beginning?.text ?? '')).toBe(true)
    }),
    { numRuns: 2000 },
  )
})
