import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Reason, Ternary } from '#model/evidence.ts'
import { canonicalIp, parseConnectionIp, parseIp, parseSocket, socketText } from '#reason/address.ts'
import { cidrContains, longestPrefix, parseCidr } from '#reason/cidr.ts'
import { allOf, anyOf, fact, not } from '#reason/reason.ts'
import { stringMatches } from '#reason/strings.ts'

const v4 = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map(octets => octets.join('.'))
const v6 = fc
  .array(fc.nat(0xffff), { minLength: 8, maxLength: 8 })
  .map(groups => canonicalIp(groups.map(group => group.toString(16)).join(':')))
const ip = fc.oneof(v4, v6)

describe('addresses', () => {
  test('a socket address is read as it is written', () => {
    fc.assert(
      fc.property(ip, fc.nat(0xffff), (ip, port) => {
        expect(parseSocket(socketText(ip, port))).toEqual({ ip, port })
      }),
    )
  })

  test.each([
    '10.0.0.1',
    '10.0.0.1:',
    '10.0.0.1:65536',
    '::1:80',
    '[10.0.0.1]:80',
    'host:80',
    '[::1]',
    '01.2.3.4:80',
    '',
  ])('%j is no socket address', text => expect(parseSocket(text)).toBeUndefined())

  test('a mapped address is IPv4 on a connection, and IPv6 in a list', () => {
    expect(parseConnectionIp('::ffff:10.0.0.1')).toEqual(parseIp('10.0.0.1'))
    expect(parseIp('::ffff:10.0.0.1')?.family).toBe(6)
  })
})

describe('address blocks', () => {
  const bits = (text: string): string =>
    (parseIp(text)?.words ?? []).map(word => word.toString(2).padStart(32, '0')).join('')

  test('a block holds what begins with the bits of its prefix', () => {
    fc.assert(
      fc.property(fc.oneof(fc.tuple(v4, v4, fc.nat(32)), fc.tuple(v6, v6, fc.nat(128))), ([base, other, prefix]) => {
        const [cidr, address] = [parseCidr(`${base}/${prefix}`), parseIp(other)]
        if (cidr === undefined || address === undefined) throw new Error('a generator made no address')
        expect(cidrContains(cidr, address)).toBe(bits(base).slice(0, prefix) === bits(other).slice(0, prefix))
      }),
    )
  })

  test('families do not mix', () => {
    fc.assert(
      fc.property(v4, v6, (four, six) => {
        const [all, address] = [parseCidr('0.0.0.0/0'), parseIp(six)]
        expect(all && address && cidrContains(all, address)).toBe(false)
        expect(parseCidr(`${four}/33`)).toBeUndefined()
      }),
    )
  })

  test('the longest prefix wins, and equal ones together', () => {
    const blocks = ['10.0.0.0/8', '10.1.0.0/16', '10.1.0.9/16', '10.2.0.0/16'].map(text => parseCidr(text))
    const address = parseIp('10.1.2.3')
    if (address === undefined) throw new Error('no address')
    const found = longestPrefix(
      blocks.filter(block => block !== undefined),
      block => block,
      address,
    )
    expect(found.map(({ text }) => text)).toEqual(['10.1.0.0/16', '10.1.0.9/16'])
  })
})

describe('strings', () => {
  test('a text is its own prefix, suffix and exact match, and present unless empty', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, more) => {
        expect(stringMatches({ kind: 'Exact', value: text }, text)).toBe(true)
        expect(stringMatches({ kind: 'Prefix', value: text }, text + more)).toBe(true)
        expect(stringMatches({ kind: 'Suffix', value: text }, more + text)).toBe(true)
        expect(stringMatches({ kind: 'Presence' }, text)).toBe(text !== '')
      }),
    )
  })
})

describe('reasons', () => {
  const ternary = fc.constantFrom<Ternary[]>('yes', 'no', 'unknown')
  const all = (parts: readonly Ternary[]) =>
    allOf(
      parts,
      part => fact(part, () => part),
      () => 'all',
    )
  const any = (parts: readonly Ternary[]) =>
    anyOf(
      parts,
      part => fact(part, () => part),
      () => 'any',
    )
  const inverse = (holds: Ternary) => not(fact(holds, () => holds)).holds

  test('not twice is the same', () => {
    fc.assert(
      fc.property(ternary, holds => {
        expect(inverse(inverse(holds))).toBe(holds)
      }),
    )
  })

  test('not all of is any of the opposites', () => {
    fc.assert(
      fc.property(fc.array(ternary), parts => {
        expect(not(all(parts)).holds).toBe(any(parts.map(inverse)).holds)
      }),
    )
  })

  test('the order of the parts changes nothing', () => {
    fc.assert(
      fc.property(fc.array(ternary), parts => {
        expect(all(parts.toReversed()).holds).toBe(all(parts).holds)
        expect(any(parts.toReversed()).holds).toBe(any(parts).holds)
      }),
    )
  })

  test('unknown parts never make a certainty that knowing them could overturn', () => {
    fc.assert(
      fc.property(fc.array(ternary), fc.constantFrom<Ternary[]>('yes', 'no'), (parts, answer) => {
        const known = parts.map(part => (part === 'unknown' ? answer : part))
        for (const combine of [all, any]) {
          const before = combine(parts).holds
          if (before !== 'unknown') expect(combine(known).holds).toBe(before)
        }
      }),
    )
  })

  test('a reader finds every part, also those that were not needed', () => {
    const reason: Reason = all(['no', 'yes', 'unknown'])
    expect(reason.because.map(({ text }) => text)).toEqual(['no', 'yes', 'unknown'])
    expect(JSON.parse(JSON.stringify(reason)).because).toHaveLength(3)
  })
})
